// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/arriving_calls.h"

#include <cerrno>
#include <utility>

namespace kamexec::daemon {
namespace {

process::Outcome outcome_of(Error error) {
  return error.system_errno == ETIMEDOUT
             ? process::Outcome::deadline_passed(std::move(error.message))
             : process::Outcome::refused(std::move(error));
}

}  // namespace

process::RunResult result_of(process::Outcome outcome, TimePoint begun) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  result.outcome.duration = time_since(begun);
  return result;
}

process::RunResult done(std::string output, TimePoint begun) {
  process::Outcome outcome;
  outcome.cause = process::Cause::ok;
  outcome.exit_status = 0;
  process::RunResult result = result_of(std::move(outcome), begun);
  result.output = std::move(output);
  return result;
}

process::RunResult kept_as(std::string id, TimePoint begun) {
  try {
    id += '\n';
  } catch (const std::exception&) {
    id.clear();
  }
  return done(std::move(id), begun);
}

ArrivingCalls::KeepId ArrivingCalls::keep(stored::Notification made, TimePoint begun,
                                          TimePoint deadline, Answer answer) {
  const KeepId number = ++last_id_;
  Pending& pending = pending_[number];
  pending.id = made.id;
  pending.program = made.program;
  pending.has_order = made.order.has_value();
  pending.size = made.size();
  pending.begun = begun;
  ++pending_of_[made.program];
  try {
    deadlines_.set(number, deadline);
    pending.reserved = dispatcher_.reserve(made.program, pending.size, begun);
    if (pending.reserved) {
      pending.copy = made;
    }
    store_.insert(std::move(made), pending.reserved, deadline,
                  [this, number](const Result<stored::Kept>& what) {
                    guarded(troubles_, [&] { kept(number, what); });
                  });
  } catch (...) {
    if (pending.reserved) {
      dispatcher_.not_kept(pending.program, pending.size);
    }
    forget(number, pending);
    throw;
  }
  pending.answer = std::move(answer);
  return number;
}

void ArrivingCalls::forget(KeepId id, Pending& pending) {
  deadlines_.remove(id);
  if (const auto count = pending_of_.find(pending.program);
      count != pending_of_.end() && --count->second == 0) {
    pending_of_.erase(count);
  }
  pending_.erase(id);
}

/// The store has done with it.
void ArrivingCalls::kept(KeepId id, const Result<stored::Kept>& what) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    return;
  }
  Pending pending = std::move(found->second);
  forget(id, pending);
  if (!what) {
    if (pending.reserved) {
      dispatcher_.not_kept(pending.program, pending.size);
    }
    if (pending.answer) {
      pending.answer(result_of(outcome_of(what.error()), pending.begun));
    }
    return;
  }
  if (pending.unwanted) {
    undo(pending, *what);
    return;
  }
  if (what->taken && pending.copy) {
    dispatcher_.kept_here(std::move(*pending.copy));
  } else {
    dispatcher_.kept_on_disk(pending.program, pending.has_order, pending.size, pending.reserved,
                             Clock::now());
  }
  if (pending.answer) {
    pending.answer(kept_as(std::move(pending.id), pending.begun));
  }
}

/// It came to the disk, and its caller was told that it hasn't.
void ArrivingCalls::undo(Pending& pending, const stored::Kept& kept) {
  if (pending.reserved) {
    dispatcher_.not_kept(pending.program, pending.size);
  }
  if (kept.taken) {
    store_.give_back({pending.id});
  }
  unwanted_.insert(pending.id);
  forget_unwanted();
}

/// All that there are at a time; nothing is taken from the disk meanwhile.
void ArrivingCalls::forget_unwanted() {
  if (!being_forgotten_.empty() || unwanted_.empty()) {
    return;
  }
  being_forgotten_.swap(unwanted_);
  dispatcher_.hold(std::nullopt);
  stored::Selection which;
  which.ids.assign(being_forgotten_.begin(), being_forgotten_.end());
  store_.drop(std::move(which), [this](const Result<std::size_t>& done) {
    being_forgotten_.clear();
    dispatcher_.let_go(std::nullopt, Clock::now());
    if (!done) {
      troubles_.line(LogLevel::error, "calls that were taken back may run: " + done.error().message,
                     Clock::now());
    }
    forget_unwanted();
  });
}

/// Whether it is over by this: the store has not begun with it.
bool ArrivingCalls::withdraw(KeepId id, Pending& pending) {
  pending.answer = nullptr;
  pending.unwanted = true;
  if (!store_.withdraw(pending.id)) {
    return false;
  }
  if (pending.reserved) {
    dispatcher_.not_kept(pending.program, pending.size);
  }
  forget(id, pending);
  return true;
}

void ArrivingCalls::cancel(KeepId id) {
  if (const auto found = pending_.find(id); found != pending_.end()) {
    deadlines_.remove(id);
    static_cast<void>(withdraw(id, found->second));
  }
}

/// The disk takes longer than their callers wait.
void ArrivingCalls::expire(TimePoint now) {
  for (const process::TimerQueue::Key id : deadlines_.take_due(now)) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) {
      continue;
    }
    const Answer answer = std::move(found->second.answer);
    const TimePoint begun = found->second.begun;
    static_cast<void>(withdraw(id, found->second));
    if (answer) {
      answer(result_of(
          process::Outcome::deadline_passed("the call was not on disk by its deadline"), begun));
    }
  }
}

std::size_t ArrivingCalls::of(std::string_view program) const {
  const auto found = pending_of_.find(program);
  return found == pending_of_.end() ? 0 : found->second;
}

void ArrivingCalls::leave_out_unwanted(std::vector<stored::Notification>& taken) {
  std::vector<std::string> back;
  std::erase_if(taken, [&](const stored::Notification& one) {
    const bool is_unwanted = unwanted_.contains(one.id) || being_forgotten_.contains(one.id);
    if (is_unwanted) {
      back.push_back(one.id);
    }
    return is_unwanted;
  });
  if (!back.empty()) {
    unwanted_.insert(back.begin(), back.end());
    store_.give_back(std::move(back));
    forget_unwanted();
  }
}

}  // namespace kamexec::daemon
