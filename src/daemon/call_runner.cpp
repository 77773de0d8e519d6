// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call_runner.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

#include "request/inherited_environment.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {
namespace {

/// Calls whose memory is kept for the next ones, and how much of one.
constexpr std::size_t kMostSpare = 256;
constexpr std::size_t kMostKept = std::size_t{16} << 10;

/// @p make_fleet_runner may be set after this.
engine::ExecutorOptions executor_options(
    const std::function<Result<std::unique_ptr<engine::Runner>>()>& make_fleet_runner) {
  // No command is run here, so none needs an environment; programs choose from environ.
  return {.environment = request::InheritedEnvironment::only(nullptr, {}),
          .program_hosts = {},
          .wrap_transport = {},
          .service_socket = {},
          .make_fleet_runner = [&make_fleet_runner] { return make_fleet_runner(); }};
}

process::RunResult result_of(process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  return result;
}

bool is_failure(process::Cause cause) {
  return cause != process::Cause::ok && cause != process::Cause::nonzero_exit;
}

/// Whether the caller gets what is printed: exec_cmd and exec_msg have no use for it.
bool wants_output(std::string_view function) {
  return function != "cmd" && function != "msg";
}

}  // namespace

CallRunner::CallRunner() : executor_(executor_options(make_fleet_runner_)) {}

CallRunner::~CallRunner() = default;

Result<void> CallRunner::open(Clients& clients, StoredCalls& stored) {
  clients_ = &clients;
  stored_ = &stored;
  return executor_.open();
}

Call& CallRunner::new_call(const ServedProgramPtr& program) {
  if (spare_.empty()) {
    running_.emplace_front();
  } else {
    running_.splice(running_.begin(), spare_, spare_.begin());
  }
  Call& call = running_.front();
  call.place = running_.begin();
  call.program = program;
  call.bytes = 0;
  return call;
}

void CallRunner::begin(Connection& from, const ServedProgramPtr& program,
                       const service::CallRequest& request) {
  const TimePoint now = Clock::now();
  const TimePoint deadline = deadline_of(request, program->program, now);
  Call& call = new_call(program);
  call.id = RequestKey(request.id);
  call.wants_output = wants_output(request.call);
  try {
    from.begin(request.id, call);
  } catch (...) {
    forget(call);
    throw;
  }
  call.connection = &from;
  begin(call, request, deadline, now);
}

CallNumber CallRunner::begin(const ServedProgramPtr& program, const service::CallRequest& request,
                             bool may_wait, Answer answer, std::uint32_t attempt) {
  const TimePoint now = Clock::now();
  const TimePoint deadline = deadline_of(request, program->program, now);
  Call& call = new_call(program);
  const CallNumber number = ++last_number_;
  try {
    numbered_.emplace(number, &call);
  } catch (...) {
    forget(call);
    throw;
  }
  call.answer = std::move(answer);
  call.number = number;
  call.id = RequestKey(request.id);
  call.wants_output = wants_output(request.call);
  call.may_wait = may_wait;
  call.attempt = attempt;
  begin(call, request, deadline, now);
  return numbered_.contains(number) ? number : 0;
}

/// Whoever is to get its reply. The call may be over when this returns.
void CallRunner::begin(Call& call, const service::CallRequest& request, TimePoint deadline,
                       TimePoint now) {
  if (call.program->cache) {
    ask_cache(call, request, deadline, now);
    return;
  }
  if (call.program->program.definition.stored.stored) {
    store(call, request, deadline, now);
    return;
  }
  const tl::expected<void, process::Outcome> taken = submit(call, request, deadline, now);
  if (!taken) {
    reply(call, result_of(taken.error()));
  }
}

CallRunner::Answer CallRunner::begin_command(Connection& from, std::string_view id) {
  Call& call = new_call(nullptr);
  call.id = RequestKey(id);
  call.wants_output = true;
  try {
    from.begin(id, call);
  } catch (...) {
    forget(call);
    throw;
  }
  call.connection = &from;
  return [this, &call](const process::RunResult& result) { reply(call, result); };
}

/// What the call of a client holds counts as that one's. The error: all clients hold too much.
tl::expected<void, process::Outcome> CallRunner::hold(Call& call) {
  if (call.connection == nullptr) {
    return {};
  }
  call.connection->hold(call.bytes);
  if (!clients_->keep_within_memory(*call.connection)) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::no_room("kamexecd holds as much for its clients as it may (memory)"));
  }
  return {};
}

/// Of a program that is stored: the reply comes when it is on disk.
void CallRunner::store(Call& call, const service::CallRequest& request, TimePoint deadline,
                       TimePoint now) {
  try {
    // What no program can be given is refused now, while somebody hears of it.
    if (Result<void> made = make_call(request, now, call); !made) {
      reply(call, result_of(process::Outcome::refused(std::move(made.error()))));
      return;
    }
    if (const auto held = hold(call); !held) {
      reply(call, result_of(held.error()));
      return;
    }
    call.wants_output = true;  // its id
    const StoredCalls::KeepId id =
        stored_->keep(call.program, request, deadline,
                      [this, &call](const process::RunResult& result) { reply(call, result); });
    if (id != 0) {
      call.keeping = id;
    }
  } catch (const std::exception&) {
    reply(call, result_of(process::Outcome::short_of_memory(process::Cause::refused)));
  }
}

/// The error is how it ends at once.
tl::expected<void, process::Outcome> CallRunner::submit(Call& call,
                                                        const service::CallRequest& request,
                                                        TimePoint deadline, TimePoint now) {
  try {
    const std::string_view id = call.attempt > 0 ? request.id : std::string_view();
    if (Result<void> made = make_call(request, now, call, id, call.attempt); !made) {
      return tl::unexpected<process::Outcome>(process::Outcome::refused(std::move(made.error())));
    }
    call.invocation.deadline = deadline;
    call.invocation.may_wait = call.may_wait;
    if (auto held = hold(call); !held) {
      return held;
    }
    tl::expected<engine::Cancel, process::Outcome> taken = executor_.submit(
        call.invocation,
        [this, &call](const process::RunResult& result) { has_run(call, result); });
    if (!taken) {
      return tl::unexpected<process::Outcome>(std::move(taken.error()));
    }
    call.cancel = std::move(*taken);
    return {};
  } catch (const std::exception&) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::short_of_memory(process::Cause::refused));
  }
}

/// Of a program whose answers are kept: the reply is there, or the call waits for a run.
void CallRunner::ask_cache(Call& call, const service::CallRequest& request, TimePoint deadline,
                           TimePoint now) {
  const ServedProgramPtr program = call.program;
  const bool may_wait = call.may_wait;
  // The run ends in time for whoever lets it take the program's own: its outcome says more.
  const bool patient = deadline >= after(now, program->program.definition.timeout);
  ResultCache::Found found;
  try {
    found = program->cache->ask(
        request.arguments, patient ? kNoDeadline : deadline, now,
        [this, &call](const process::RunResult& result) { reply(call, result); });
  } catch (const std::exception&) {
    reply(call, result_of(process::Outcome::short_of_memory(process::Cause::refused)));
    return;
  }
  if (found.result != nullptr) {
    reply(call, *found.result);
  } else {
    call.waiter = found.waiter;
    waiting_.insert(program);
    expire_at_ = std::min(expire_at_, program->cache->wake_at());
  }
  if (found.fetch != 0) {
    fetch(program, request, may_wait, found.fetch, now);
  }
}

/// Runs the program for the cache: with its own time-out, and with its output, whoever asks.
void CallRunner::fetch(const ServedProgramPtr& program, const service::CallRequest& request,
                       bool may_wait, ResultCache::FetchId id, TimePoint now) {
  Call& run = new_call(program);
  run.fetch = id;
  run.wants_output = true;
  run.may_wait = may_wait;
  program->fetches.emplace(id, &run);
  const tl::expected<void, process::Outcome> taken =
      submit(run, request, after(now, program->program.definition.timeout), now);
  if (!taken) {
    has_run(run, result_of(taken.error()));
  }
}

/// What was submitted is over.
void CallRunner::has_run(Call& call, const process::RunResult& result) {
  if (call.fetch == 0) {
    reply(call, result);
    return;
  }
  const ServedProgramPtr program = call.program;
  const ResultCache::FetchId id = call.fetch;
  program->fetches.erase(id);
  forget(call);
  program->cache->complete(id, result, Clock::now());
}

void CallRunner::cancel(Connection& from, std::string_view id) {
  // One that is over by now is none: its reply is on its way.
  if (Call* const call = from.find(id); call != nullptr) {
    end(*call);
  }
}

void CallRunner::cancel(CallNumber number) {
  if (const auto found = numbered_.find(number); found != numbered_.end()) {
    end(*found->second);
  }
}

void CallRunner::abandon(Connection& from) {
  for (const auto& [id, call] : from.calls()) {
    call->connection = nullptr;
    if (call->keeping == 0) {  // what is being stored is stored
      end(*call);
    }
  }
}

/// Its end comes by has_run(), or now.
void CallRunner::end(Call& call) {
  if (call.cancel) {
    call.cancel();
  } else if (call.keeping != 0) {
    stored_->cancel(call.keeping);
    reply(call, result_of(process::Outcome::cancelled()));
  } else if (call.waiter != 0) {
    const ServedProgramPtr program = call.program;
    const auto unwanted = program->cache->leave(call.waiter);
    reply(call, result_of(process::Outcome::cancelled()));
    if (unwanted) {
      if (const auto run = program->fetches.find(*unwanted); run != program->fetches.end()) {
        end(*run->second);
      }
    }
  }
}

void CallRunner::reply(Call& call, const process::RunResult& result) {
  if (call.program) {
    call.program->calls.count(result.outcome);
  }
  Connection* const client = call.connection;
  if (call.program && (client != nullptr || call.answer)) {
    log(client != nullptr ? &client->peer() : nullptr, call.id.text(),
        call.program->program.definition.name, result);
  }
  std::optional<process::RunResult> bare;
  const process::RunResult& told =
      call.wants_output || result.output.empty() ? result : bare.emplace(result_of(result.outcome));
  if (client != nullptr) {
    client->end(call.id.text(), call.bytes);
    service::append_reply(client->out(), call.id.text(), told);
    client->written();
  }
  const Answer answer = std::move(call.answer);
  forget(call);
  if (answer) {
    answer(told);
  }
}

void CallRunner::forget(Call& call) {
  call.program.reset();
  call.connection = nullptr;
  call.answer = nullptr;
  if (call.number != 0) {
    numbered_.erase(std::exchange(call.number, 0));
  }
  call.may_wait = true;
  call.attempt = 0;
  call.cancel = nullptr;
  call.waiter = 0;
  call.keeping = 0;
  call.fetch = 0;
  if (spare_.size() < kMostSpare && call.bytes <= kMostKept) {
    spare_.splice(spare_.begin(), running_, call.place);
  } else {
    running_.erase(call.place);
  }
}

void CallRunner::refuse(Connection& from, std::string_view id, std::string_view program,
                        process::Outcome outcome) {
  const process::RunResult result = result_of(std::move(outcome));
  log(&from.peer(), id, program, result);
  service::append_reply(from.out(), id, result);
  from.written();
}

void CallRunner::step() {
  static_cast<void>(executor_.step());
  static_cast<void>(executor_.start_some());
}

void CallRunner::expire(TimePoint now) {
  expire_at_ = kNoDeadline;
  for (auto program = waiting_.begin(); program != waiting_.end();) {
    ResultCache& cache = *(*program)->cache;
    cache.expire(now);
    expire_at_ = std::min(expire_at_, cache.wake_at());
    program = cache.wake_at() == kNoDeadline ? waiting_.erase(program) : std::next(program);
  }
}

/// @p client: nullptr: another host.
void CallRunner::log(const Peer* client, std::string_view id, std::string_view program,
                     const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  const bool failed = is_failure(outcome.cause);
  if (!failed && !log_calls_) {
    return;
  }
  std::string text = "call " + std::string(id) + " of " +
                     (client != nullptr ? client->shown() : std::string("another host"));
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

}  // namespace kamexec::daemon
