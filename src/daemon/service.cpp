// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service.h"

#include <exception>
#include <utility>

#include "daemon/call.h"
#include "daemon/clients.h"
#include "request/inherited_environment.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {
namespace {

/// Calls whose memory is kept for the next ones, and how much of one.
constexpr std::size_t kMostSpare = 256;
constexpr std::size_t kMostKept = std::size_t{16} << 10;

engine::ExecutorOptions executor_options() {
  // No command is run here, so none needs an environment; programs choose from environ.
  return {.environment = request::InheritedEnvironment::only(nullptr, {}),
          .program_hosts = {},
          .wrap_transport = {},
          .service_socket = {}};
}

service::ProgramNotice notice_of(const program::Program& program, const engine::Needs& needs) {
  service::ProgramNotice notice;
  notice.name = program.definition.name;
  notice.timeout = program.definition.timeout;
  notice.uri = needs.uri;
  notice.variables = needs.variables;
  notice.message = needs.message;
  notice.input = needs.input;
  return notice;
}

process::RunResult result_of(process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  return result;
}

bool is_failure(process::Cause cause) {
  return cause != process::Cause::ok && cause != process::Cause::nonzero_exit;
}

}  // namespace

Service::Service() : executor_(executor_options()) {}

Service::~Service() = default;

Result<void> Service::open(Clients& clients, Controls controls) {
  clients_ = &clients;
  controls_ = std::move(controls);
  return executor_.open();
}

void Service::serve(ServedPrograms next) {
  const ServedPrograms before = std::exchange(programs_, std::move(next));
  for (const auto& [name, served] : programs_) {
    const auto known = before.find(name);
    if (known != before.end() && known->second == served) {
      continue;
    }
    served->notice = notice_of(served->program, engine::needs_of(&served->program));
    if (engine::way_of(&served->program) != engine::Way::pool) {
      continue;
    }
    if (const Result<void> ready = executor_.make_ready(served->program); !ready) {
      log_line(LogLevel::error, "program " + name + ": " + ready.error().message);
    }
  }
  for (const auto& [name, served] : before) {
    const auto now = programs_.find(name);
    if (now == programs_.end() || now->second != served) {
      retire(served);
    }
  }
  clients_->for_each([&](Connection& client) {
    if (!client.greeted() || client.closed()) {
      return;
    }
    const std::size_t size = client.out().size();
    for (const auto& [name, served] : programs_) {
      const auto known = before.find(name);
      if (served->access.allows(client.peer()) &&
          (known == before.end() || known->second != served)) {
        service::append_notice(client.out(), served->notice);
      }
    }
    for (const auto& [name, served] : before) {
      const auto now = programs_.find(name);
      if (served->access.allows(client.peer()) &&
          (now == programs_.end() || !now->second->access.allows(client.peer()))) {
        service::append_gone(client.out(), name);
      }
    }
    if (client.out().size() != size) {
      client.written();
    }
  });
}

/// What it has goes on; the object lives until the executor has nothing of it any more.
void Service::retire(const ServedProgramPtr& program) {
  executor_.retire(program->program, [program] {});
}

void Service::step() {
  static_cast<void>(executor_.step());
  static_cast<void>(executor_.start_some());
}

void Service::tell_needs() {
  for (const auto& [name, served] : programs_) {
    if (engine::way_of(&served->program) != engine::Way::pool) {
      continue;
    }
    const Result<engine::Needs> needs = executor_.needs(&served->program);
    if (!needs) {
      continue;
    }
    service::ProgramNotice notice = notice_of(served->program, *needs);
    if (notice == served->notice) {
      continue;
    }
    served->notice = std::move(notice);
    clients_->for_each([&told = *served](Connection& client) {
      if (client.greeted() && !client.closed() && told.access.allows(client.peer())) {
        service::append_notice(client.out(), told.notice);
        client.written();
      }
    });
  }
}

void Service::on_hello(Connection& from) {
  service::append_daemon_hello(from.out());
  for (const auto& [name, served] : programs_) {
    if (served->access.allows(from.peer())) {
      service::append_notice(from.out(), served->notice);
    }
  }
  service::append_ready(from.out());
  from.written();
}

tl::expected<ServedProgramPtr, process::Outcome> Service::program_for(const Peer& peer,
                                                                      std::string_view name) const {
  const auto found = programs_.find(name);
  if (found == programs_.end()) {
    return tl::unexpected<process::Outcome>(process::Outcome::not_started(
        {"kamexecd has no program " + std::string(name) + ": define it in its configuration", 0}));
  }
  const ServedProgram& served = *found->second;
  if (!served.access.allows(peer)) {
    return tl::unexpected<process::Outcome>(process::Outcome::not_started(
        {"the user " + std::to_string(peer.user) + " may not call the program " +
             std::string(name) + ": its definition in kamexecd allows " +
             allowed_in_words(served.program.definition) + " (allow)",
         EACCES}));
  }
  return found->second;
}

std::vector<ProgramStatus> Service::status_for(const Peer* peer) const {
  std::vector<ProgramStatus> all;
  for (const auto& [name, served] : programs_) {
    if (peer != nullptr && !served->access.allows(*peer)) {
      continue;
    }
    ProgramStatus& one = all.emplace_back();
    one.definition = &served->program.definition;
    one.calls = served->calls;
    one.now = executor_.figures(served->program);
  }
  return all;
}

Call& Service::new_call() {
  if (spare_.empty()) {
    running_.emplace_front();
  } else {
    running_.splice(running_.begin(), spare_, spare_.begin());
  }
  running_.front().place = running_.begin();
  return running_.front();
}

void Service::on_call(Connection& from, const service::CallRequest& request) {
  tl::expected<ServedProgramPtr, process::Outcome> program =
      program_for(from.peer(), request.program);
  if (!program) {
    refuse(from, request.id, request.program, std::move(program.error()));
    return;
  }
  Call& call = new_call();
  call.connection = nullptr;
  call.program = std::move(*program);
  try {
    submit(from, call, request);
  } catch (const std::exception&) {
    finished(call, result_of(process::Outcome::short_of_memory(process::Cause::refused)));
  }
}

void Service::submit(Connection& from, Call& call, const service::CallRequest& request) {
  call.id = RequestKey(request.id);
  call.bytes = 0;
  call.connection = &from;
  from.begin(request.id, call);
  if (Result<void> made = make_call(request, Clock::now(), call); !made) {
    finished(call, result_of(process::Outcome::refused(std::move(made.error()))));
    return;
  }
  from.hold(call.bytes);
  if (!clients_->keep_within_memory(from)) {
    finished(call, result_of(process::Outcome::refused(
                       "kamexecd holds as much for its clients as it may (memory)")));
    return;
  }
  tl::expected<engine::Cancel, process::Outcome> taken = executor_.submit(
      call.invocation,
      [this, &call](process::RunResult result) { finished(call, std::move(result)); });
  if (!taken) {
    finished(call, result_of(std::move(taken.error())));
    return;
  }
  call.cancel = std::move(*taken);
}

void Service::finished(Call& call, process::RunResult result) {
  account(*call.program, result.outcome);
  if (Connection* const client = call.connection; client != nullptr) {
    log_call(client->peer(), call.id.text(), call.program->program.definition.name, result);
    client->end(call.id.text(), call.bytes);
    service::append_reply(client->out(), call.id.text(), result);
    client->written();
  }
  call.program.reset();
  call.cancel = nullptr;
  call.connection = nullptr;
  if (spare_.size() < kMostSpare && call.bytes <= kMostKept) {
    spare_.splice(spare_.begin(), running_, call.place);
  } else {
    running_.erase(call.place);
  }
}

void Service::account(ServedProgram& program, const process::Outcome& outcome) {
  program.calls.count(outcome);
}

/// A call that is over before it began.
void Service::refuse(Connection& from, std::string_view id, std::string_view program,
                     process::Outcome outcome) {
  const process::RunResult result = result_of(std::move(outcome));
  log_call(from.peer(), id, program, result);
  service::append_reply(from.out(), id, result);
  from.written();
}

void Service::log_call(const Peer& peer, std::string_view id, std::string_view program,
                       const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  const bool failed = is_failure(outcome.cause);
  if (!failed && !log_calls_) {
    return;
  }
  std::string text = "call " + std::string(id) + " of " + peer.shown();
  text += program.empty() ? std::string() : ": program " + std::string(program);
  text += ": " + std::string(process::word(outcome.cause));
  text += " after " + std::to_string(outcome.duration.count()) + " us";
  if (failed && !outcome.detail.empty()) {
    text += ": " + outcome.detail;
  }
  if (failed && !result.error.empty()) {
    text += "; its standard error: " + result.error;
  }
  if (log_calls_) {
    log_line(failed ? LogLevel::warning : LogLevel::info, text);
  } else {
    failures_.line(LogLevel::warning, text, Clock::now());
  }
}

void Service::on_refused(Connection& from, std::string_view id, std::string_view why) {
  refuse(from, id, {}, process::Outcome::refused(std::string(why)));
}

void Service::on_cancel(Connection& from, std::string_view id) {
  // One that is over by now is none: its reply is on its way.
  if (Call* const call = from.find(id); call != nullptr && call->cancel) {
    call->cancel();
  }
}

void Service::answer(Connection& to, std::string_view id, std::string text) {
  process::RunResult result;
  result.outcome.cause = process::Cause::ok;
  result.outcome.exit_status = 0;
  result.output = std::move(text) + "\n";
  service::append_reply(to.out(), id, result);
  to.written();
}

void Service::on_control(Connection& from, const service::ControlRequest& request) {
  const auto not_allowed = [&] {
    refuse(from, request.id, {},
           process::Outcome::not_started(
               {"only root and the user that kamexecd runs as may do that", EACCES}));
  };
  if (request.verb == "status") {
    answer(from, request.id, controls_.status(from.peer()));
  } else if (request.verb == "replace") {
    if (from.peer().is_operator()) {
      controls_.replace(from, std::string(request.id));
    } else {
      not_allowed();
    }
  } else {
    refuse(from, request.id, {},
           process::Outcome::refused("kamexecd has no command " + std::string(request.verb)));
  }
}

void Service::on_closed(Connection& from, std::string_view why) {
  if (!why.empty()) {
    clients_->count_fault();
    peers_.line(LogLevel::warning,
                "the connection of " + from.peer().shown() + " is closed: " + std::string(why),
                Clock::now());
  }
  for (const auto& [id, call] : from.calls()) {
    call->connection = nullptr;
    if (call->cancel) {
      call->cancel();
    }
  }
}

}  // namespace kamexec::daemon
