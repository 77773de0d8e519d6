// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a Client that calls are: asked, waited for, given up, completed.
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include <cerrno>

#include "pool/request_id.h"
#include "process/poll_until.h"
#include "service/client_calls.h"

namespace kamexec::service {
namespace {

/// Of one read.
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
/// For what the daemon tells first, where submit() can't do without: a request of half a mebibyte
/// or more, before the first reply.
constexpr std::chrono::milliseconds kPatienceOfSubmit{100};
constexpr int kHexadecimal = 16;

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view id) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number, kHexadecimal);
  const bool whole = error == std::errc() && end == id.data() + id.size();
  return whole ? std::optional<std::uint64_t>(number) : std::nullopt;
}

Client::Client(ClientOptions options, process::WatchSet watches, std::uint64_t first_id)
    : options_(std::move(options)),
      watches_(std::move(watches)),
      first_id_(first_id),
      buffer_(kReadBytes) {
  draining_.reserve(kMostDraining);
}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  auto watches = process::WatchSet::create();
  if (!watches) {
    return tl::unexpected<Error>(std::move(watches.error()));
  }
  // Counted up from a random number: they differ between processes, and cost no system call each.
  const Result<pool::RequestId> first = pool::new_request_id();
  if (!first) {
    return tl::unexpected<Error>(first.error());
  }
  return std::unique_ptr<Client>(
      new Client(std::move(options), std::move(*watches), *number_of(first->text())));
}

// Calls, waited for and not.

CallRequest Client::with_what_is_of_use(const CallRequest& request, const ProgramNotice* known) {
  CallRequest asked = request;
  if (known != nullptr) {
    asked.uri = known->uri ? asked.uri : std::string_view();
    asked.variables = known->variables ? asked.variables : std::string_view();
    asked.message = known->message ? asked.message : std::string_view();
    asked.input = known->input ? asked.input : std::string_view();
  }
  return asked;
}

TimePoint Client::deadline_of(const CallLimit& limit, TimePoint requested,
                              const ProgramNotice* known) const {
  if (!limit.programs_own) {
    return limit.deadline;
  }
  return std::min(limit.deadline,
                  after(requested, known != nullptr ? known->timeout : options_.first_timeout));
}

std::string_view Client::id_of(Key key) {
  id_text_ = pool::RequestId(first_id_ + key);
  return id_text_.text();
}

Client::Call* Client::find(Key key) {
  if (key % 2 != 0) {
    return waited_for_ != nullptr && waited_for_->key == key && !waited_for_->over ? waited_for_
                                                                                   : nullptr;
  }
  Job* job = jobs_.find(key / 2);
  return job != nullptr && job->state != process::JobState::finished ? job : nullptr;
}

/// Has the text that @p append makes wait to be sent, and sends what can be. Where it was taken,
/// the call may be over already.
template <typename Append>
tl::expected<void, process::Outcome> Client::hand_in(Key key, Append append) {
  if (stopping_) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::no_room(std::string(process::kHostStops)));
  }
  const auto connection = connected();
  if (!connection) {
    return tl::unexpected<process::Outcome>(connection.error());
  }
  if ((*connection)->unsent() > options_.unsent_limit) {
    return tl::unexpected<process::Outcome>(process::Outcome::no_room(
        std::to_string((*connection)->unsent()) + " bytes wait already to be sent to the service"));
  }
  if (!(*connection)->add(key, append)) {
    return tl::unexpected<process::Outcome>(
        process::Outcome::refused("the request is longer than the limit of " +
                                      std::to_string(options_.request_limit) + " bytes",
                                  EMSGSIZE));
  }
  flush();
  return {};
}

/// Whether a request that was refused with @p refusal may fit without what is of no use: until the
/// daemon has told, all of it is sent. Waits for that, not past @p until.
bool Client::gets_to_know(const process::Outcome& refusal, std::string_view program,
                          TimePoint until) {
  return refusal.system_errno == EMSGSIZE && notice(program) == nullptr && meet(until) &&
         notice(program) != nullptr;
}

void Client::run(const CallRequest& request, const CallLimit& limit, process::RunResult& result) {
  run_known(request, limit, result);
  if (gets_to_know(result.outcome, request.program, deadline_of(limit, Clock::now(), nullptr))) {
    run_known(request, limit, result);
  }
}

void Client::run_known(const CallRequest& request, const CallLimit& limit,
                       process::RunResult& result) {
  const ProgramNotice* const known = notice(request.program);
  CallRequest asked = with_what_is_of_use(request, known);
  WaitedFor call;
  call.requested = Clock::now();
  call.limit = limit;
  call.first_timeout = limit.programs_own && known == nullptr;
  call.program = request.program;
  call.deadline = deadline_of(limit, call.requested, known);
  asked.time_left = limit_until(limit.deadline);
  run_call(call, result, [&](std::string& to) {
    asked.id = id_of(call.key);
    return append_call(to, asked, options_.request_limit);
  });
}

void Client::control(std::string_view verb, std::span<const std::string_view> arguments,
                     TimePoint deadline, process::RunResult& result) {
  WaitedFor call;
  call.requested = Clock::now();
  call.limit = {deadline, false};
  call.deadline = deadline;
  run_call(call, result, [&](std::string& to) {
    append_control(to, {.id = id_of(call.key), .verb = verb, .arguments = arguments});
    return true;
  });
}

template <typename Append>
void Client::run_call(WaitedFor& call, process::RunResult& result, Append append) {
  result.outcome = process::Outcome{};
  result.output.clear();
  result.error.clear();
  result.error_truncated = false;
  call.key = last_waited_for_ += 2;
  call.result = &result;
  // Nobody refers to the call when it is gone, whatever is thrown.
  struct Registered {
    WaitedFor*& place;
    ~Registered() { place = nullptr; }
  } const registered{waited_for_ = &call};
  if (auto handed = hand_in(call.key, append); !handed) {
    result.outcome = std::move(handed.error());
  } else {
    try {
      wait_for(call);
    } catch (const std::exception&) {
      if (!call.over) {
        give_up(call.key, call, process::Outcome::short_of_memory(process::Cause::unusable));
      }
    }
  }
  result.outcome.duration = time_since(call.requested);
  if (!jobs_.empty()) {
    set_alarm();  // some may be over
  }
}

void Client::wait_for(WaitedFor& call) {
  while (!call.over) {
    Connection* const on = call.sent ? find_connection(call.connection) : current_.get();
    if (on == nullptr) {
      finish(call.key, call, process::Outcome::unusable("the connection to the service was lost"));
      return;
    }
    const bool writes = on == current_.get() && on->unsent() > 0;
    if (!writes && call.deadline - Clock::now() > 2 * Connection::kBriefly) {
      receive(*on, Connection::Wait::briefly);
      continue;
    }
    pollfd entry{on->fd(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0};
    const Result<int> ready = process::poll_until(&entry, 1, call.deadline);
    if (!ready) {
      give_up(call.key, call,
              process::Outcome::unusable(ready.error().message, ready.error().system_errno));
      return;
    }
    if ((entry.revents & ~POLLOUT) != 0) {
      receive(*on);
    }
    if (!call.over && (entry.revents & POLLOUT) != 0) {
      flush();
    }
    if (!call.over && Clock::now() >= call.deadline) {
      give_up(call.key, call, too_late());
    }
  }
}

tl::expected<Client::JobId, process::Outcome> Client::submit(const CallRequest& request,
                                                             const CallLimit& limit,
                                                             Completion completion) {
  const TimePoint requested = Clock::now();
  const ProgramNotice* const known = notice(request.program);
  CallRequest asked = with_what_is_of_use(request, known);
  Job& job = jobs_.add(requested, std::chrono::milliseconds(0), std::move(completion));
  const JobId id = job.id;
  try {
    job.limit = limit;
    job.first_timeout = limit.programs_own && known == nullptr;
    job.program = request.program;
    job.deadline = deadline_of(limit, requested, known);
    jobs_.set_time(job, job.deadline);
    asked.time_left = limit_until(limit.deadline);
    const auto append = [&](std::string& to) {
      asked.id = id_of(2 * id);
      return append_call(to, asked, options_.request_limit);
    };
    auto handed = hand_in(2 * id, append);
    if (!handed &&
        gets_to_know(handed.error(), request.program, after(requested, kPatienceOfSubmit))) {
      asked = with_what_is_of_use(request, notice(request.program));
      handed = hand_in(2 * id, append);
    }
    if (!handed) {
      jobs_.remove(job);
      return tl::unexpected<process::Outcome>(std::move(handed.error()));
    }
  } catch (...) {
    jobs_.remove(job);
    throw;
  }
  set_alarm();
  return id;
}

bool Client::cancel(JobId id) {
  Call* const call = find(2 * id);
  if (call == nullptr) {
    return false;
  }
  give_up(2 * id, *call, process::Outcome::cancelled());
  set_alarm();
  return true;
}

/// Nobody waits for the call any more: the daemon is told so, if it has a part of it.
void Client::give_up(Key key, Call& call, process::Outcome outcome) noexcept {
  Connection* const on = call.sent ? find_connection(call.connection) : current_.get();
  const bool known_there = on != nullptr && (call.sent || !on->withdraw(key));
  finish(key, call, std::move(outcome));
  if (!known_there) {
    return;
  }
  ++on->abandoned;
  if (on != current_.get()) {
    return;  // it takes no more; closed when nobody waits for what comes from it
  }
  try {
    static_cast<void>(on->add(Connection::kNobody, [&](std::string& to) {
      append_cancel(to, id_of(key));
      return true;
    }));
  } catch (const std::exception&) {
    // The program's own time-out ends it.
  }
  flush();
}

void Client::finish(Key key, Call& call, process::Outcome outcome) noexcept {
  if (key % 2 != 0) {
    static_cast<WaitedFor&>(call).result->outcome = std::move(outcome);
  } else {
    Job& job = static_cast<Job&>(call);
    job.result.outcome = std::move(outcome);
    job.result.outcome.duration = time_since(job.requested);
  }
  end(key, call);
}

void Client::end(Key key, Call& call) noexcept {
  if (Connection* const on = call.sent ? find_connection(call.connection) : nullptr) {
    --on->waiting;
  }
  if (key % 2 != 0) {
    static_cast<WaitedFor&>(call).over = true;
  } else {
    jobs_.finish(static_cast<Job&>(call));
  }
}

process::Outcome Client::too_late() const noexcept {
  return outcome_of(process::Cause::deadline, [this] {
    return process::Outcome::deadline_passed(current_ != nullptr && !current_->greeted
                                                 ? "the service at " + options_.socket +
                                                       " has not answered at all by the deadline"
                                                 : "the service has not replied by the deadline");
  });
}

// The loop.

void Client::step(TimePoint until) {
  // Where it can't be waited, the deadlines are kept by the clock alone.
  if (const auto ready = watches_.wait(until)) {
    for (const process::WatchSet::Key number : *ready) {
      if (Connection* const one = find_connection(number)) {
        receive(*one);
      }
    }
  }
  flush();
  const TimePoint now = Clock::now();
  while (Job* const job = jobs_.next_due(now)) {
    give_up(2 * job->id, *job, too_late());
  }
  jobs_.deliver();
  drop_drained();
  set_alarm();
}

bool Client::run_until(TimePoint until) {
  while (!jobs_.empty()) {
    step(until);
    if (Clock::now() >= until) {
      break;
    }
  }
  return jobs_.empty();
}

void Client::stop_all() {
  stopping_ = true;
  jobs_.for_each([this](Job& job) {
    if (job.state != process::JobState::finished) {
      give_up(2 * job.id, job, outcome_of(process::Cause::deadline, process::Outcome::host_stops));
    }
  });
  set_alarm();
}

void Client::set_alarm() {
  watches_.set_alarm(jobs_.wake_at());
}

}  // namespace kamexec::service
