// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service.h"

#include <optional>
#include <utility>

#include <cerrno>

#include "daemon/clients.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {
namespace {

service::ProgramNotice notice_of(const program::Program& program, const engine::Needs& needs) {
  service::ProgramNotice notice;
  notice.name = program.definition.name;
  notice.timeout = timeout_of_calls(program.definition);
  notice.stored = program.definition.stored.stored;
  notice.uri = needs.uri;
  notice.variables = needs.variables;
  notice.message = needs.message;
  notice.input = needs.input;
  return notice;
}

/// What programs whose answers are kept may be given: nothing but arguments.
engine::Needs needs_of(const ServedProgram& served, const engine::Needs& needs) {
  return served.cache ? engine::Needs{.variables = false, .input = false} : needs;
}

process::Outcome not_allowed(std::string why) {
  return process::Outcome::not_started({std::move(why), EACCES});
}

}  // namespace

Service::Service() = default;

Service::~Service() = default;

Result<void> Service::open(Clients& clients, Controls controls) {
  clients_ = &clients;
  controls_ = std::move(controls);
  return calls_.open(clients, stored_);
}

void Service::serve(ServedPrograms next) {
  const ServedPrograms before = std::exchange(programs_, std::move(next));
  for (const auto& [name, served] : programs_) {
    const auto known = before.find(name);
    if (known != before.end() && known->second == served) {
      continue;
    }
    served->notice =
        notice_of(served->program, needs_of(*served, engine::needs_of(&served->program)));
    if (engine::way_of(&served->program) != engine::Way::pool) {
      continue;
    }
    if (const Result<void> ready = calls_.executor().make_ready(served->program); !ready) {
      log_line(LogLevel::error, "program " + name + ": " + ready.error().message);
    }
  }
  for (const auto& [name, served] : before) {
    const auto now = programs_.find(name);
    if (now == programs_.end() || now->second != served) {
      // What it has goes on; the object lives until nothing of it is left.
      calls_.executor().retire(served->program, [kept = served] {});
    }
  }
  stored_.serve(programs_);
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

/// What its workers have said; absent: nothing, as it has none or can't be used.
std::optional<engine::Needs> Service::told_needs(const program::Program& program) {
  if (engine::way_of(&program) != engine::Way::pool) {
    // Programs that other hosts run take everything: what one host has no use for the next one may
    // want. What is sent there is the runner's business.
    return std::nullopt;
  }
  const Result<engine::Needs> needs = calls_.executor().needs(&program);
  return needs ? std::optional(*needs) : std::nullopt;
}

void Service::tell_needs() {
  for (const auto& [name, served] : programs_) {
    const std::optional<engine::Needs> needs = told_needs(served->program);
    if (!needs) {
      continue;
    }
    service::ProgramNotice notice = notice_of(served->program, needs_of(*served, *needs));
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

tl::expected<ServedProgramPtr, Service::Refusal> Service::program_for(const Peer& peer,
                                                                      std::string_view name) const {
  const auto found = programs_.find(name);
  if (found == programs_.end()) {
    return tl::unexpected<Refusal>(process::Outcome::not_started(
        {"kamexecd has no program " + std::string(name) + ": define it in its configuration", 0}));
  }
  const ServedProgram& served = *found->second;
  if (!served.access.allows(peer)) {
    return tl::unexpected<Refusal>(
        not_allowed("the user " + std::to_string(peer.user) + " may not call the program " +
                    std::string(name) + ": its definition in kamexecd allows " +
                    allowed_in_words(served.program.definition) + " (allow)"));
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
    one.shows_environment = peer == nullptr || peer->is_operator();
    one.calls = served->calls;
    one.now = calls_.executor().figures(served->program);
    if (served->cache) {
      one.cache = served->cache->figures();
    }
    one.stored = stored_.status_of(name);
  }
  return all;
}

void Service::on_call(Connection& from, const service::CallRequest& request) {
  tl::expected<ServedProgramPtr, Refusal> program = program_for(from.peer(), request.program);
  if (program) {
    calls_.begin(from, *program, request);
  } else {
    calls_.refuse(from, request.id, request.program, std::move(program.error()));
  }
}

void Service::on_refused(Connection& from, std::string_view id, std::string_view why) {
  calls_.refuse(from, id, {}, process::Outcome::refused(std::string(why)));
}

void Service::on_cancel(Connection& from, std::string_view id) {
  calls_.cancel(from, id);
}

void Service::on_control(Connection& from, const service::ControlRequest& request) {
  if (request.verb == "replace" && from.peer().is_operator()) {
    controls_.replace(from, std::string(request.id));
    return;
  }
  if (request.verb == "queue") {
    queue(from, request);
    return;
  }
  if (request.verb == "fleet") {
    fleet(from, request);
    return;
  }
  tl::expected<std::string, Refusal> answer = control(from, request);
  process::RunResult result;
  if (answer) {
    result.outcome.cause = process::Cause::ok;
    result.outcome.exit_status = 0;
    result.output = std::move(*answer) + "\n";
  } else {
    result.outcome = std::move(answer.error());
  }
  service::append_reply(from.out(), request.id, result);
  from.written();
}

tl::expected<std::string, Service::Refusal> Service::control(
    Connection& from, const service::ControlRequest& request) {
  if (request.verb == "status") {
    return controls_.status(from.peer());
  }
  if (request.verb == "flush") {
    return flush(from.peer(), request);
  }
  if (request.verb == "replace") {
    return tl::unexpected<Refusal>(
        not_allowed("only root and the user that kamexecd runs as may replace it"));
  }
  return tl::unexpected<Refusal>(
      process::Outcome::refused("kamexecd has no command " + std::string(request.verb)));
}

/// What is stored, for those who may see what all clients have sent.
void Service::queue(Connection& from, const service::ControlRequest& request) {
  const auto answer = calls_.begin_command(from, request.id);
  process::RunResult refused;
  if (!from.peer().is_operator()) {
    refused.outcome =
        not_allowed("only root and the user that kamexecd runs as may see and change the queue");
    answer(refused);
    return;
  }
  Result<QueueCommand> command = read_queue_command(request.arguments);
  if (!command) {
    refused.outcome = process::Outcome::refused("queue: " + command.error().message);
    answer(refused);
    return;
  }
  stored_.ask(std::move(*command), answer);
}

/// All daemons of the fleet, for those who may see all programs of this one.
void Service::fleet(Connection& from, const service::ControlRequest& request) {
  const auto answer = calls_.begin_command(from, request.id);
  if (from.peer().is_operator()) {
    controls_.fleet(answer);
    return;
  }
  process::RunResult refused;
  refused.outcome =
      not_allowed("only root and the user that kamexecd runs as may see the fleet's daemons");
  answer(refused);
}

/// Forgets answers that are kept: of all programs, of one, or of one for these arguments.
tl::expected<std::string, Service::Refusal> Service::flush(const Peer& peer,
                                                           const service::ControlRequest& request) {
  std::size_t forgotten = 0;
  if (request.arguments.empty()) {
    if (!peer.is_operator()) {
      return tl::unexpected<Refusal>(not_allowed(
          "only root and the user that kamexecd runs as may flush all programs: name one"));
    }
    for (const auto& [name, served] : programs_) {
      forgotten += served->cache ? served->cache->flush() : 0;
    }
    return std::to_string(forgotten);
  }
  const tl::expected<ServedProgramPtr, Refusal> program =
      program_for(peer, request.arguments.front());
  if (!program) {
    return tl::unexpected<Refusal>(program.error());
  }
  if (std::optional<ResultCache>& cache = (*program)->cache; cache) {
    const auto arguments = request.arguments.subspan(1);
    forgotten = arguments.empty() ? cache->flush() : cache->flush(arguments);
  }
  return std::to_string(forgotten);
}

void Service::on_closed(Connection& from, std::string_view why) {
  if (!why.empty()) {
    clients_->count_fault();
    faults_.line(LogLevel::warning,
                 "the connection of " + from.peer().shown() + " is closed: " + std::string(why),
                 Clock::now());
  }
  calls_.abandon(from);
}

}  // namespace kamexec::daemon
