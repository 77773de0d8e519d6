// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/dispatcher.h"

#include <algorithm>
#include <utility>

namespace kamexec::daemon {
namespace {

/// After the store could not be asked.
constexpr std::chrono::milliseconds kStoreTrouble{1'000};
/// Pauses vary by so much, so that those that failed together don't come back together.
constexpr double kSpread = 0.1;

/// A moment on disk, by the clock that waits.
TimePoint moment(stored::WallTime at, DispatchTime time) {
  return after(time.now, at > time.wall ? at - time.wall : std::chrono::milliseconds(0));
}

}  // namespace

Dispatcher::Dispatcher(DispatchActions& actions, std::function<double()> chance)
    : actions_(actions), chance_(std::move(chance)) {}

Dispatcher::Program& Dispatcher::program(std::string_view name) {
  const auto known = programs_.find(name);
  if (known != programs_.end()) {
    return known->second;
  }
  Program& made = programs_[std::string(name)];
  made.name = name;
  return made;
}

/// Has run() look at it.
void Dispatcher::touch(Program& program) {
  if (!program.touched) {
    touched_.push_back(&program);
    program.touched = true;
  }
}

void Dispatcher::look(Program& program, TimePoint at) {
  program.look_at = std::min(program.look_at, at);
  touch(program);
}

void Dispatcher::set_rules(const std::map<std::string, DispatchRule, std::less<>>& rules,
                           TimePoint now) {
  for (auto& [name, known] : programs_) {
    if (!rules.contains(name) && known.rule) {
      known.rule.reset();
      give_back_ready(known);
    }
  }
  for (const auto& [name, rule] : rules) {
    Program& one = program(name);
    one.rule = rule;
    one.resume_at = kNoDeadline;
    one.not_run = 0;
    look(one, now);
  }
}

void Dispatcher::activate(TimePoint now) {
  active_ = true;
  for (auto& [name, one] : programs_) {
    look(one, now);
  }
}

void Dispatcher::stop() {
  active_ = false;
  for (auto& [name, one] : programs_) {
    give_back_ready(one);
  }
}

void Dispatcher::give_back_ready(Program& program) {
  if (program.ready.empty()) {
    return;
  }
  std::vector<std::string> ids;
  ids.reserve(program.ready.size());
  for (stored::Notification& notification : program.ready) {
    program.bytes -= notification.size();
    ids.push_back(std::move(notification.id));
  }
  program.ready.clear();
  actions_.give_back(std::move(ids));
}

bool Dispatcher::reserve(std::string_view name, std::size_t bytes, TimePoint now) {
  const auto known = programs_.find(name);
  if (!active_ || known == programs_.end()) {
    return false;
  }
  Program& one = known->second;
  const bool first = !one.taking && one.look_at > now && one.not_run == 0;
  const std::size_t held = one.ready.size() + one.running + one.reserved;
  if (!one.rule || !first || held >= kMostHeld ||
      (one.bytes + bytes > kMostHeldBytes && held > 0)) {
    return false;
  }
  ++one.reserved;
  one.bytes += bytes;
  return true;
}

void Dispatcher::kept_here(stored::Notification notification) {
  Program& one = program(notification.program);
  --one.reserved;
  if (!active_ || !one.rule) {
    one.bytes -= notification.size();
    actions_.give_back({std::move(notification.id)});
    return;
  }
  one.ready.push_back(std::move(notification));
  touch(one);
}

void Dispatcher::kept_on_disk(std::string_view name, bool ordered, std::size_t bytes, bool reserved,
                              TimePoint now) {
  Program& one = program(name);
  if (reserved) {
    not_kept(name, bytes);
  }
  // One that was to be had back waits for others of its order: their end has us look.
  if (!reserved || !ordered) {
    look(one, now);
  }
}

void Dispatcher::not_kept(std::string_view name, std::size_t bytes) {
  Program& one = program(name);
  --one.reserved;
  one.bytes -= bytes;
  touch(one);
}

void Dispatcher::taken(std::string_view name, Result<stored::Taken> what, DispatchTime time) {
  Program& one = program(name);
  one.taking = false;
  if (!what) {
    look(one, after(time.now, kStoreTrouble));
    return;
  }
  for (stored::Notification& notification : what->notifications) {
    one.bytes += notification.size();
    one.ready.push_back(std::move(notification));
  }
  if (!active_ || !one.rule) {
    give_back_ready(one);
    return;
  }
  TimePoint next = after(time.now, kLookInterval);
  if (what->more) {
    next = time.now;
  } else if (what->due) {
    next = std::min(next, moment(*what->due, time));
  }
  look(one, next);
}

/// retry, doubled with each failure after the first, with its spread.
std::chrono::milliseconds Dispatcher::pause(const DispatchRule& rule, std::size_t failures) {
  std::chrono::milliseconds span = std::min(rule.retry, rule.retry_most);
  for (std::size_t i = 1; i < failures && span < rule.retry_most; ++i) {
    span = std::min(2 * span, rule.retry_most);
  }
  const auto spread = static_cast<std::int64_t>(static_cast<double>(span.count()) * kSpread *
                                                std::clamp(chance_(), -1.0, 1.0));
  return std::max(span + std::chrono::milliseconds(spread), std::chrono::milliseconds(1));
}

void Dispatcher::ended(std::string_view id, AttemptEnd end, DispatchTime time) {
  const auto found = running_.find(std::string(id));
  if (found == running_.end()) {
    return;
  }
  Program& one = *found->second.program;
  const stored::Notification notification = std::move(found->second.notification);
  running_.erase(found);
  --one.running;
  one.bytes -= notification.size();
  touch(one);
  if (end.kind == AttemptEnd::Kind::killed) {
    actions_.give_back({notification.id});
    look(one, time.now);
    return;
  }
  // Without a definition it isn't given up: a later one may have it run.
  const DispatchRule rule = one.rule.value_or(DispatchRule());
  stored::Attempted what;
  what.id = notification.id;
  what.program = notification.program;
  what.attempts = notification.attempts;
  what.last = std::move(end.last);
  if (end.kind == AttemptEnd::Kind::not_run) {
    const std::chrono::milliseconds span = pause(rule, ++one.not_run);
    one.problem = what.last.detail;
    one.resume_at = after(time.now, span);
    what.due = time.wall + span;
  } else {
    one.not_run = 0;
    one.resume_at = kNoDeadline;
    ++what.attempts;
    what.due = time.wall;
    what.state = stored::State::done;
  }
  if (end.kind == AttemptEnd::Kind::failed) {
    ++one.failed_attempts;
    what.state = stored::State::waiting;
    if (what.attempts < rule.attempts || !one.rule) {
      what.due = time.wall + pause(rule, what.attempts);
    } else {
      what.state = stored::State::dead;
      actions_.died(notification, what.attempts, what.last);
    }
  }
  if (what.state == stored::State::waiting) {
    look(one, moment(what.due, time));
  } else if (notification.order) {
    look(one, time.now);  // the next one of its order may run
  }
  actions_.record(std::move(what));
}

void Dispatcher::hold(const std::optional<std::string>& name) {
  ++(name ? program(*name).holds : holds_);
}

void Dispatcher::let_go(const std::optional<std::string>& name, TimePoint now) {
  --(name ? program(*name).holds : holds_);
  for (auto& [known, one] : programs_) {
    if (!name || *name == known) {
      look(one, now);
    }
  }
}

void Dispatcher::release(const std::optional<std::string>& name, TimePoint now) {
  for (auto& [known, one] : programs_) {
    if (!name || *name == known) {
      give_back_ready(one);
      one.not_run = 0;
      one.resume_at = kNoDeadline;
      look(one, now);
    }
  }
}

void Dispatcher::run(DispatchTime time) {
  int begins_left = kMostBegun;
  const std::vector<Program*> touched = std::exchange(touched_, {});
  for (Program* const one : touched) {
    one->touched = false;
  }
  for (Program* const one : touched) {
    settle(*one, time, begins_left);
  }
  if (time.now < wake_at_) {
    return;
  }
  wake_at_ = kNoDeadline;
  for (auto& [name, one] : programs_) {
    settle(one, time, begins_left);
  }
}

void Dispatcher::settle(Program& one, DispatchTime time, int& begins_left) {
  if (!active_ || !one.rule) {
    return;
  }
  if (one.not_run > 0 && time.now < one.resume_at) {
    wake_at_ = std::min(wake_at_, one.resume_at);
    return;
  }
  begin_some(one, begins_left);
  take_some(one, time.now);
}

void Dispatcher::begin_some(Program& one, int& begins_left) {
  // After one that could not be run, one alone tells whether that is over.
  const std::size_t slots = one.not_run > 0 ? 1 : one.rule->at_once;
  while (!one.ready.empty() && one.running < slots) {
    if (begins_left == 0) {
      touch(one);
      return;
    }
    --begins_left;
    stored::Notification next = std::move(one.ready.front());
    one.ready.pop_front();
    const std::string id = next.id;
    const auto [place, is_new] = running_.insert_or_assign(id, Running{&one, std::move(next)});
    ++one.running;
    actions_.begin(place->second.notification);
  }
}

void Dispatcher::take_some(Program& one, TimePoint now) {
  const std::size_t held = one.ready.size() + one.running + one.reserved;
  // A good many at a time: each time costs a transaction.
  const bool few = one.ready.size() <= kMostHeld / 2 && one.bytes <= kMostHeldBytes / 2;
  const bool has_room = held < kMostHeld && one.bytes < kMostHeldBytes;
  if (one.taking || one.holds + holds_ > 0 || !has_room || !(few || one.ready.empty())) {
    return;  // what ends, or is taken, has us come again
  }
  if (now < one.look_at) {
    wake_at_ = std::min(wake_at_, one.look_at);
    return;
  }
  one.taking = true;
  one.look_at = kNoDeadline;
  actions_.take(one.name, kMostHeld - held, kMostHeldBytes - one.bytes);
}

bool Dispatcher::is_running(std::string_view id) const {
  return running_.contains(std::string(id));
}

std::vector<std::string> Dispatcher::running_ids() const {
  std::vector<std::string> ids;
  ids.reserve(running_.size());
  for (const auto& [id, one] : running_) {
    ids.push_back(id);
  }
  return ids;
}

std::string_view Dispatcher::program_of(const std::string& id) const {
  const auto found = running_.find(id);
  return found == running_.end() ? std::string_view() : found->second.program->name;
}

Dispatcher::Figures Dispatcher::figures(std::string_view name) const {
  Figures figures;
  const auto known = programs_.find(name);
  if (known == programs_.end()) {
    return figures;
  }
  const Program& one = known->second;
  figures.running = one.running;
  figures.ready = one.ready.size();
  figures.failed_attempts = one.failed_attempts;
  if (one.not_run > 0) {
    figures.held = "the program could not be run: " + one.problem;
  }
  return figures;
}

}  // namespace kamexec::daemon
