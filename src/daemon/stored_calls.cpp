// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/stored_calls.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "stored/id.h"

namespace kamexec::daemon {
namespace {

using stored::wall_now;

/// How often another daemon is asked for the right to begin attempts.
constexpr std::chrono::milliseconds kLockInterval{100};
/// The same where it can't be asked.
constexpr std::chrono::milliseconds kLockTrouble{1'000};
/// How often what is over is forgotten.
constexpr std::chrono::milliseconds kPurgeInterval{5'000};

DispatchTime both_now() {
  return {Clock::now(), wall_now()};
}

/// Functions that have no use for output.
bool may_store(std::string_view function) {
  return function == "cmd" || function == "msg";
}

bool is_passed_on(const program::ProgramDefinition& definition) {
  return definition.via == program::Via::nats;
}

DispatchRule rule_of(const program::ProgramDefinition& definition) {
  const program::StoredRule& stored = definition.stored;
  DispatchRule rule;
  // Those that are passed on go in the order in which they came.
  rule.at_once = is_passed_on(definition) ? 1 : most_at_once(definition);
  rule.retry = stored.retry;
  rule.retry_most = stored.retry_most;
  rule.attempts = stored.attempts;
  return rule;
}

stored::Notification notification_of(const ServedProgram& served,
                                     const service::CallRequest& request, std::string id) {
  const program::ProgramDefinition& definition = served.program.definition;
  const service::ProgramNotice& wanted = served.notice;
  stored::Notification made;
  made.id = std::move(id);
  made.program = definition.name;
  made.call = request.call;
  made.arguments.assign(request.arguments.begin(), request.arguments.end());
  made.variables = wanted.variables ? request.variables : std::string_view();
  made.uri = wanted.uri ? request.uri : std::string_view();
  made.message = wanted.message ? request.message : std::string_view();
  made.input = wanted.input ? request.input : std::string_view();
  const std::size_t order = definition.stored.order_by;
  if (order > 0 && order <= made.arguments.size()) {
    made.order = made.arguments[order - 1];
  }
  made.stored_at = wall_now();
  return made;
}

}  // namespace

StoredCalls::StoredCalls(engine::Executor& executor)
    : attempts_(executor, [this](const std::string& id,
                                 const process::RunResult& result) { ended(id, result); }),
      forwards_([this](const std::string& id, const process::RunResult& result) {
        forwarded(id, result);
      }),
      dispatcher_(*this,
                  [this] { return std::uniform_real_distribution<double>(-1.0, 1.0)(chance_); }),
      chance_(static_cast<std::minstd_rand::result_type>(wall_now().time_since_epoch().count() ^
                                                         ::getpid())) {}

StoredCalls::~StoredCalls() = default;

bool StoredCalls::has_store(const std::string& directory) {
  return ::access((directory + "/" + std::string(stored::kDatabaseName)).c_str(), F_OK) == 0;
}

Result<void> StoredCalls::open(const std::string& directory) {
  Result<std::unique_ptr<stored::StoreThread>> opened =
      stored::StoreThread::open({.directory = directory, .waits_for_wake = true});
  if (!opened) {
    return tl::unexpected<Error>(std::move(opened.error()));
  }
  store_ = std::move(*opened);
  queue_.emplace(*store_, dispatcher_);
  queue_->set_fleet(find_fleet_);
  arriving_.emplace(*store_, dispatcher_, troubles_);
  published_.emplace(*arriving_, troubles_);
  published_->set_publisher(publisher_);
  try_lock_at_ = TimePoint::min();
  purge_at_ = TimePoint::min();
  return {};
}

void StoredCalls::set_publisher(fleet::NotePublisher* publisher) {
  publisher_ = publisher;
  forwards_.set_publisher(publisher);
  if (published_) {
    published_->set_publisher(publisher);
  }
}

void StoredCalls::set_fleet_queue(QueueOperations::FindFleet find_fleet) {
  find_fleet_ = std::move(find_fleet);
  if (queue_) {
    queue_->set_fleet(find_fleet_);
  }
}

void StoredCalls::serve(const ServedPrograms& programs) {
  programs_ = programs;
  std::map<std::string, DispatchRule, std::less<>> rules;
  for (const auto& [name, served] : programs_) {
    if (served->program.definition.stored.stored) {
      rules.emplace(name, rule_of(served->program.definition));
    }
  }
  forwards_.keep_only([this](std::string_view name) {
    const ServedProgram* const served = stored_program(name);
    return served != nullptr && is_passed_on(served->program.definition);
  });
  dispatcher_.set_rules(rules, Clock::now());
}

const ServedProgram* StoredCalls::stored_program(std::string_view name) const {
  const auto found = programs_.find(name);
  return found != programs_.end() && found->second->program.definition.stored.stored
             ? found->second.get()
             : nullptr;
}

// Calls of clients.

/// Why it isn't even tried.
std::optional<process::Outcome> StoredCalls::refusal(const ServedProgram& program,
                                                     const service::CallRequest& request) {
  const program::ProgramDefinition& definition = program.program.definition;
  if (!may_store(request.call)) {
    return process::Outcome::refused("the program " + definition.name +
                                         " is stored (delivery): it runs later, and nobody gets "
                                         "its output: call it by exec_cmd, "
                                         "exec_cmd_async or exec_msg, not by exec_" +
                                         std::string(request.call),
                                     EINVAL);
  }
  if (store_ == nullptr) {
    return process::Outcome::refused("kamexecd has no store", EINVAL);
  }
  const std::uint64_t waiting =
      store_->counts(definition.name).waiting + arriving_->of(definition.name);
  if (waiting >= definition.stored.most) {
    // Not to be offered elsewhere: what is stored at another host is in no order with these.
    return process::Outcome::refused(std::to_string(waiting) + " calls of " + definition.name +
                                         " wait on disk already (store_most)",
                                     EINVAL);
  }
  return std::nullopt;
}

StoredCalls::KeepId StoredCalls::keep(const ServedProgramPtr& program,
                                      const service::CallRequest& request, TimePoint deadline,
                                      Answer answer) {
  const TimePoint begun = Clock::now();
  if (auto refused = refusal(*program, request)) {
    answer(result_of(std::move(*refused), begun));
    return 0;
  }
  Result<std::string> id = stored::new_id(wall_now());
  if (!id) {
    answer(result_of(process::Outcome::refused(std::move(id.error())), begun));
    return 0;
  }
  stored::Notification made = notification_of(*program, request, std::move(*id));
  const std::string& name = made.program;
  // Behind what waits here, so that the order holds.
  if (is_passed_on(program->program.definition) && published_->is_available() &&
      store_->counts(name).waiting + arriving_->of(name) == 0) {
    return published_->keep(std::move(made), begun, deadline, std::move(answer));
  }
  return arriving_->keep(std::move(made), begun, deadline, std::move(answer));
}

void StoredCalls::cancel(KeepId id) {
  if (arriving_ && !published_->cancel(id)) {
    arriving_->cancel(id);
  }
}

// Attempts.

void StoredCalls::begin(const stored::Notification& notification) {
  const ServedProgramPtr& program = programs_.at(notification.program);
  if (is_passed_on(program->program.definition)) {
    forwards_.begin(notification);
  } else {
    attempts_.begin(program, notification, notification.id);
  }
}

void StoredCalls::take(const std::string& program, std::size_t most, std::size_t most_bytes) {
  store_->take(program, most, most_bytes, wall_now(), [this, program](Result<stored::Taken> what) {
    guarded(troubles_, [&] { took(program, std::move(what)); });
  });
}

void StoredCalls::took(const std::string& program, Result<stored::Taken> what) {
  if (what) {
    arriving_->leave_out_unwanted(what->notifications);
  } else {
    troubles_.line(LogLevel::error, "program " + program + ": " + what.error().message,
                   Clock::now());
  }
  dispatcher_.taken(program, std::move(what), both_now());
}

void StoredCalls::record(stored::Attempted what) {
  store_->attempted(std::move(what));
}

void StoredCalls::give_back(std::vector<std::string> ids) {
  store_->give_back(std::move(ids));
}

void StoredCalls::died(const stored::Notification& notification, std::uint32_t attempts,
                       const stored::LastAttempt& last) {
  log_line(LogLevel::warning,
           "notification " + notification.id + ": program " + notification.program +
               ": dead after " + std::to_string(attempts) + " attempts, the last: " + last.outcome +
               (last.detail.empty() ? "" : ": ") + last.detail);
}

void StoredCalls::ended(const std::string& id, const process::RunResult& result) {
  const DispatchTime time = both_now();
  AttemptEnd end = end_of(result, time.wall);
  const bool failed = end.kind != AttemptEnd::Kind::done;
  if (failed || log_calls_) {
    std::string text = "notification " + id + ": program " +
                       std::string(dispatcher_.program_of(id)) + ": " + end.last.outcome +
                       " after " + std::to_string(result.outcome.duration.count()) + " us";
    text += end.last.detail.empty() ? "" : ": " + end.last.detail;
    if (log_calls_) {
      log_line(failed ? LogLevel::warning : LogLevel::info, text);
    } else {
      failures_.line(LogLevel::warning, text, time.now);
    }
  }
  dispatcher_.ended(id, std::move(end), time);
}

/// One that is given back has not failed: it waits, or is run here from now on.
void StoredCalls::forwarded(const std::string& id, const process::RunResult& result) {
  const DispatchTime time = both_now();
  if (AttemptEnd end = end_of(result, time.wall); end.kind == AttemptEnd::Kind::killed) {
    dispatcher_.ended(id, std::move(end), time);
  } else {
    ended(id, result);
  }
}

// The loop's part.

void StoredCalls::step() {
  store_->step();
}

void StoredCalls::write() {
  if (store_ != nullptr) {
    store_->wake();
  }
}

void StoredCalls::settle() {
  if (store_ == nullptr) {
    return;
  }
  const TimePoint now = Clock::now();
  arriving_->expire(now);
  if (now >= try_lock_at_) {
    become_dispatcher(now);
  }
  attempts_.deliver();
  forwards_.deliver(now);
  dispatcher_.run({now, wall_now()});
  forwards_.deliver(now);  // what was begun just now
  if (now >= purge_at_) {
    purge(now);
  }
  store_->wake();
}

TimePoint StoredCalls::wake_at() const {
  if (store_ == nullptr) {
    return kNoDeadline;
  }
  if (attempts_.has_more() || store_->wants_wake()) {
    return TimePoint::min();
  }
  const TimePoint run_at = dispatcher_.is_active() ? dispatcher_.wake_at() : kNoDeadline;
  return std::min({arriving_->deadline(), forwards_.wake_at(), try_lock_at_, purge_at_, run_at});
}

void StoredCalls::become_dispatcher(TimePoint now) {
  const Result<bool> ours = store_->become_dispatcher();
  if (ours && *ours) {
    try_lock_at_ = kNoDeadline;
    dispatcher_.activate(now);
    return;
  }
  if (!ours) {
    troubles_.line(LogLevel::error, ours.error().message, now);
  }
  try_lock_at_ = after(now, ours ? kLockInterval : kLockTrouble);
}

/// Forgets what is over for so long as its definition says. What has none stays.
void StoredCalls::purge(TimePoint now) {
  purge_at_ = after(now, kPurgeInterval);
  for (const auto& [name, counts] : store_->counts()) {
    const ServedProgram* const served = stored_program(name);
    if (served != nullptr && counts.done + counts.dead > 0) {
      const program::StoredRule& rule = served->program.definition.stored;
      store_->purge(name, wall_now() - rule.keep_done, wall_now() - rule.keep);
    }
  }
}

void StoredCalls::stop() {
  stopping_ = true;
  try_lock_at_ = kNoDeadline;
  purge_at_ = kNoDeadline;
  dispatcher_.stop();
  forwards_.stop();
}

void StoredCalls::leave() {
  if (store_ != nullptr && store_->is_dispatcher()) {
    attempts_.deliver();
    forwards_.deliver(Clock::now());
    store_->leave_dispatcher();
  }
}

void StoredCalls::ask(QueueCommand command, Answer answer) {
  const TimePoint begun = Clock::now();
  if (!queue_) {
    answer(result_of(
        process::Outcome::refused("kamexecd has no store: no program has delivery=stored"), begun));
    return;
  }
  queue_->ask(std::move(command), [answer = std::move(answer), begun](QueueOperations::Said said) {
    if (!said) {
      answer(result_of(std::move(said.error()), begun));
      return;
    }
    answer(done(std::move(*said), begun));
  });
}

// What it shows.

std::optional<std::string> StoredCalls::held(const std::string& program,
                                             const stored::Counts& counts) const {
  const auto found = programs_.find(program);
  if (found == programs_.end()) {
    return "kamexecd has no program " + program + ": define it in its configuration, or drop them";
  }
  if (!found->second->program.definition.stored.stored) {
    return "the program " + program + " is not stored any more (delivery)";
  }
  if (!dispatcher_.is_active() && counts.waiting > 0) {
    return stopping_ ? "kamexecd ends" : "another kamexecd begins the attempts";
  }
  if (std::optional<std::string> trouble = forwards_.trouble(program)) {
    return trouble;
  }
  return dispatcher_.figures(program).held;
}

std::optional<StoredStatus> StoredCalls::status_of(const std::string& program) const {
  if (store_ == nullptr) {
    return std::nullopt;
  }
  const stored::Counts counts = store_->counts(program);
  const bool any = counts.waiting + counts.done + counts.dead > 0;
  if (stored_program(program) == nullptr && !any) {
    return std::nullopt;
  }
  const Dispatcher::Figures now = dispatcher_.figures(program);
  StoredStatus status;
  status.running = now.running;
  status.waiting = counts.waiting - std::min<std::uint64_t>(counts.waiting, now.running);
  status.done = counts.done;
  status.dead = counts.dead;
  if (counts.oldest) {
    status.oldest = std::max(wall_now() - *counts.oldest, std::chrono::milliseconds(0));
  }
  status.failed_attempts = now.failed_attempts;
  status.held = held(program, counts);
  return status;
}

std::vector<OrphanStatus> StoredCalls::orphans() const {
  std::vector<OrphanStatus> all;
  if (store_ == nullptr) {
    return all;
  }
  for (const auto& [name, counts] : store_->counts()) {
    if (!programs_.contains(name)) {
      if (std::optional<StoredStatus> status = status_of(name)) {
        all.push_back({name, std::move(*status)});
      }
    }
  }
  return all;
}

std::optional<StoreStatus> StoredCalls::store_status() const {
  if (store_ == nullptr) {
    return std::nullopt;
  }
  StoreStatus status;
  status.figures = store_->figures();
  status.dispatches = dispatcher_.is_active();
  return status;
}

}  // namespace kamexec::daemon
