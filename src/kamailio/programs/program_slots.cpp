// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/program_slots.h"

#include <algorithm>
#include <string>
#include <thread>

#include "base/clock.h"

namespace kamexec {
namespace {

bool count_up_to(ProgramShared::Counter& count, std::size_t most) {
  if (count.fetch_add(1) < most) {
    return true;
  }
  count.fetch_sub(1);
  return false;
}

tl::unexpected<Outcome> ended(Cause cause, std::string why) {
  Outcome outcome;
  outcome.cause = cause;
  outcome.detail = std::move(why);
  return tl::unexpected<Outcome>(std::move(outcome));
}

}  // namespace

bool ProgramSlots::take() {
  return count_up_to(shared_.running, program_.most_running);
}

bool ProgramSlots::join_queue() {
  return count_up_to(shared_.waiting, program_.most_queued);
}

tl::expected<void, Outcome> ProgramSlots::take_within(std::chrono::milliseconds timeout) {
  if (take()) {
    return {};
  }
  if (!join_queue()) {
    return ended(Cause::refused, std::to_string(program_.most_running) + " of " + program_.name +
                                     " are running, and " + std::to_string(program_.most_queued) +
                                     " wait (max, queue)");
  }
  const TimePoint now = Clock::now();
  const TimePoint deadline = timeout.count() > 0 ? after(now, timeout) : kNoDeadline;
  const TimePoint patience =
      program_.queue_time.count() > 0 ? after(now, program_.queue_time) : kNoDeadline;
  bool taken = false;
  while (!(taken = take()) && Clock::now() < std::min(deadline, patience)) {
    std::this_thread::sleep_for(kRetryAfter);
  }
  leave_queue();
  if (taken) {
    return {};
  }
  return patience < deadline
             ? ended(Cause::refused, "waited in the queue for " +
                                         std::to_string(program_.queue_time.count()) + " ms")
             : ended(Cause::deadline, "its deadline passed in the queue");
}

}  // namespace kamexec
