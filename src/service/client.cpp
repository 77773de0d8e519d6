// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/client.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include <cerrno>

#include "pool/request_id.h"
#include "process/poll_until.h"

namespace kamexec::service {
namespace {

/// More than any file defines; each costs some hundred bytes.
constexpr std::size_t kMostPrograms = 10'000;
/// Connections that only replies are awaited from. The daemon replaces one at a time, within its
/// drain time: more of them are no daemon's in good order.
constexpr std::size_t kMostDraining = 16;
/// Of one read.
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr int kHexadecimal = 16;
/// For what the daemon tells first, where submit() can't do without: a request of half a mebibyte
/// or more, before the first reply.
constexpr std::chrono::milliseconds kPatienceOfSubmit{100};

std::optional<std::uint64_t> number_of(std::string_view id) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number, kHexadecimal);
  const bool whole = error == std::errc() && end == id.data() + id.size();
  return whole ? std::optional<std::uint64_t>(number) : std::nullopt;
}

/// What @p make gives; without its words where there is no memory for them.
template <typename Make>
process::Outcome outcome_of(process::Cause cause, Make make) noexcept {
  try {
    return make();
  } catch (const std::exception&) {
    return process::Outcome::short_of_memory(cause);
  }
}

}  // namespace

/// What is known of a call on its way.
struct Client::Call {
  CallLimit limit;
  bool first_timeout = false;    ///< its deadline is a guess until the daemon tells the time-out
  bool sent = false;             ///< to its last byte
  bool moved = false;            ///< it is on its second connection
  std::uint64_t connection = 0;  ///< that it was sent over
};

/// One that submit() took. Its key is twice its id.
struct Client::Job : process::TableJob, Call {
  std::string program;
};

/// The one that run() waits for.
struct Client::WaitedFor : Call {
  Key key = 0;
  std::string_view program;
  TimePoint requested{};
  TimePoint deadline = kNoDeadline;
  process::RunResult* result = nullptr;
  bool over = false;
};

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
        process::Outcome::refused(std::string(process::kHostStops)));
  }
  const auto connection = connected();
  if (!connection) {
    return tl::unexpected<process::Outcome>(connection.error());
  }
  if ((*connection)->unsent() > options_.unsent_limit) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(
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

// Connections.

tl::expected<Connection*, process::Outcome> Client::connected() {
  if (current_) {
    return current_.get();
  }
  auto opened = Connection::open(options_.socket, connections_made_ + 1, options_.reply_limit);
  if (!opened) {
    return tl::unexpected<process::Outcome>(std::move(opened.error()));
  }
  const int error =
      watches_.add((*opened)->fd(), process::WatchSet::Readiness::read, connections_made_ + 1);
  if (error != 0) {
    return tl::unexpected<process::Outcome>(process::Outcome::not_started(
        system_error("the connection to the service can't be watched", error)));
  }
  ++connections_made_;
  ++counters_.connections;
  current_ = std::move(*opened);
  writing_watched_ = false;
  return current_.get();
}

Connection* Client::find_connection(std::uint64_t number) {
  if (current_ && current_->number() == number) {
    return current_.get();
  }
  const auto found = std::find_if(draining_.begin(), draining_.end(),
                                  [number](const auto& one) { return one->number() == number; });
  return found == draining_.end() ? nullptr : found->get();
}

/// Sends what the kernel takes. What a connection turns away goes over a new one.
void Client::flush() noexcept {
  while (current_ && current_->unsent() > 0) {
    const Connection::Written written = current_->write([this](Key key) {
      if (Call* const call = key == Connection::kNobody ? nullptr : find(key)) {
        call->sent = true;
        call->connection = current_->number();
        ++current_->waiting;
      }
    });
    if (written == Connection::Written::turned_away) {
      move_on(false);
    } else if (watch_writing(written == Connection::Written::some)) {
      return;
    } else {
      move_on(true);
    }
  }
}

/// Of the current connection. false: it can't be watched.
bool Client::watch_writing(bool wanted) noexcept {
  if (wanted == writing_watched_) {
    return true;
  }
  using Readiness = process::WatchSet::Readiness;
  watches_.remove(current_->fd());
  writing_watched_ = wanted;
  return watches_.add(current_->fd(), wanted ? Readiness::both : Readiness::read,
                      current_->number()) == 0;
}

/// The current connection takes no more requests; @p lost: nor do replies come from it. What it has
/// not been sent goes over a new one, if it is the first time.
void Client::move_on(bool lost) noexcept {
  std::unique_ptr<Connection> old = std::move(current_);
  if (lost) {
    fail_sent(*old);
  }
  old->for_unsent([this](Key key, std::string_view text) {
    if (Call* const call = key == Connection::kNobody ? nullptr : find(key)) {
      move(key, *call, text);
    }
  });
  if (!lost && old->waiting > 0 && draining_.size() < kMostDraining) {
    draining_.push_back(std::move(old));
    return;
  }
  ++counters_.lost;
  if (!lost) {
    fail_sent(*old);
  }
  watches_.remove(old->fd());
}

/// Has an unsent call wait on a new connection.
void Client::move(Key key, Call& call, std::string_view text) noexcept {
  if (std::exchange(call.moved, true)) {
    finish(key, call, outcome_of(process::Cause::not_started, [this] {
             return process::Outcome::not_started(
                 Error{"the service at " + options_.socket +
                           " closed two connections before the request was sent",
                       EPIPE});
           }));
    return;
  }
  try {
    const auto to = connected();
    if (!to) {
      finish(key, call, to.error());
      return;
    }
    static_cast<void>((*to)->add(key, [text](std::string& out) {
      out += text;
      return true;
    }));
    ++counters_.moved;
  } catch (const std::exception&) {
    finish(key, call, process::Outcome::short_of_memory(process::Cause::refused));
  }
}

/// Nothing more comes from @p connection.
void Client::fail_sent(const Connection& connection) noexcept {
  const auto fail = [&](Key key, Call& call) {
    if (call.sent && call.connection == connection.number()) {
      finish(key, call, connection.lost());
    }
  };
  if (waited_for_ != nullptr && !waited_for_->over) {
    fail(waited_for_->key, *waited_for_);
  }
  if (connection.waiting > 0) {
    jobs_.for_each([&](Job& job) {
      if (job.state != process::JobState::finished) {
        fail(2 * job.id, job);
      }
    });
  }
}

void Client::receive(Connection& from, Connection::Wait wait) {
  reading_ = &from;
  const Connection::Received received = from.receive(*this, buffer_, wait);
  reading_ = nullptr;
  if (received != Connection::Received::lost) {
    return;
  }
  try {
    last_fault_ = from.lost().detail;
  } catch (const std::exception&) {
    last_fault_.clear();
  }
  if (&from == current_.get()) {
    move_on(true);
    flush();
    return;
  }
  const auto found = std::find_if(draining_.begin(), draining_.end(),
                                  [&from](const auto& one) { return one.get() == &from; });
  fail_sent(from);
  drop(found);
}

void Client::drop(std::vector<std::unique_ptr<Connection>>::iterator connection) noexcept {
  ++counters_.lost;
  watches_.remove((*connection)->fd());
  draining_.erase(connection);
}

/// Closes the connections that nobody waits for any more.
void Client::drop_drained() noexcept {
  for (auto one = draining_.begin(); one != draining_.end();) {
    if ((*one)->waiting > 0) {
      ++one;
    } else {
      drop(one);  // what follows has moved up
    }
  }
}

// What the daemon tells.

Result<void> Client::meet(TimePoint until) {
  const auto connection = connected();
  if (!connection) {
    return tl::unexpected<Error>(Error{connection.error().detail, connection.error().system_errno});
  }
  flush();
  while (current_ && !current_->ready) {
    const short events = current_->unsent() > 0 ? POLLIN | POLLOUT : POLLIN;
    pollfd entry{current_->fd(), events, 0};
    if (const Result<int> waited = process::poll_until(&entry, 1, until); !waited) {
      return tl::unexpected<Error>(waited.error());
    }
    receive(*current_);
    flush();
    if (current_ && !current_->ready && Clock::now() >= until) {
      return failure("the service at " + options_.socket + " does not answer");
    }
  }
  return current_ ? Result<void>()
                  : failure("the service at " + options_.socket + ": " + last_fault_);
}

void Client::refresh() {
  if (current_) {
    receive(*current_);
    if (!jobs_.empty()) {
      set_alarm();
    }
  }
}

const ProgramNotice* Client::notice(std::string_view program) const {
  const auto found = programs_.find(program);
  return found == programs_.end() ? nullptr : &found->second.notice;
}

std::vector<std::string> Client::programs() const {
  std::vector<std::string> names;
  for (const auto& [name, program] : programs_) {
    names.push_back(name);
  }
  return names;
}

void Client::on_hello(std::uint32_t) {
  reading_->greeted = true;
}

void Client::on_notice(ProgramNotice told) {
  if (reading_ != current_.get()) {
    return;
  }
  const auto known = programs_.find(told.name);
  if (known == programs_.end() && programs_.size() >= kMostPrograms) {
    reading_->fault("has more than " + std::to_string(kMostPrograms) + " programs");
    return;
  }
  KnownProgram& program = known != programs_.end() ? known->second : programs_[told.name];
  program.notice = std::move(told);
  program.connection = reading_->number();
  take_new_timeout(program.notice);
}

/// Calls of the program that were made before its time-out was known have it from now on.
void Client::take_new_timeout(const ProgramNotice& told) {
  if (waited_for_ != nullptr && waited_for_->first_timeout && waited_for_->program == told.name) {
    waited_for_->first_timeout = false;
    waited_for_->deadline = deadline_of(waited_for_->limit, waited_for_->requested, &told);
  }
  jobs_.for_each([&](Job& job) {
    if (job.first_timeout && job.state != process::JobState::finished && job.program == told.name) {
      job.first_timeout = false;
      job.deadline = deadline_of(job.limit, job.requested, &told);
      jobs_.set_time(job, job.deadline);
    }
  });
}

void Client::on_gone(std::string_view name) {
  if (reading_ != current_.get()) {
    return;
  }
  if (const auto known = programs_.find(name); known != programs_.end()) {
    programs_.erase(known);
  }
}

void Client::on_ready() {
  if (reading_ != current_.get()) {
    return;
  }
  reading_->ready = true;
  // What an earlier connection has told, and this one has not, is gone.
  std::erase_if(programs_, [this](const auto& known) {
    return known.second.connection != reading_->number();
  });
}

void Client::on_reply(std::string_view id, process::RunResult& result) {
  const std::optional<std::uint64_t> number = number_of(id);
  const Key key = number.value_or(first_id_) - first_id_;
  Call* const call = key == Connection::kNobody ? nullptr : find(key);
  if (call == nullptr || !call->sent || call->connection != reading_->number()) {
    if (reading_->abandoned == 0) {
      reading_->fault("replied to a request that was not made");
      return;
    }
    --reading_->abandoned;
    ++counters_.late;
    return;
  }
  if (key % 2 != 0) {
    std::swap(*waited_for_->result, result);
  } else {
    Job& job = static_cast<Job&>(*call);
    job.result = std::move(result);
    job.result.outcome.duration = time_since(job.requested);
  }
  end(key, *call);
}

}  // namespace kamexec::service
