// SPDX-License-Identifier: GPL-2.0-or-later
// How many workers there are, and how old they get.
#include <algorithm>

#include "pool/crew.h"

namespace kamexec {
namespace {

using State = Worker::State;

constexpr std::size_t kMostStartsAtOnce = 4;  // each stands the caller still for a moment
constexpr std::uint64_t kSpread = 10;         // limits differ by up to 1/spread

/// 0 to 2^16-1, another for each worker of each process, so that they don't all go at once.
std::uint64_t lot(WorkerNumber number, pid_t pid) {
  std::uint64_t mixed = (static_cast<std::uint64_t>(pid) << 32) + number;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed >> 48;
}

/// @p limit, less up to a tenth of it.
std::uint64_t spread_out(std::uint64_t limit, std::uint64_t by_lot) {
  return limit - (limit / kSpread) * by_lot / 65536;
}

}  // namespace

void Crew::tend(TimePoint now, std::size_t waiting, bool ahead) {
  if (now >= look_over_at_) {
    look_over(now);
  }
  for (std::size_t i = 0; i < kMostStartsAtOnce; ++i) {
    if (!wants_more(waiting, ahead) || !may_start(now) || !start_one(now)) {
      return;
    }
  }
}

void Crew::start(TimePoint now) {
  while (alive() < options_.start && may_start(now) && start_one(now)) {
  }
}

void Crew::renew() {
  for (const auto& [number, member] : members_) {
    if (is_standing(*member)) {
      mark_due(*member);
    }
  }
}

void Crew::dismiss(TimePoint now, const std::string& why) {
  dismissed_ = true;
  for (const auto& [number, member] : members_) {
    if (member->counted_as == State::busy) {
      member->worker.abandon(why);
    } else {
      member->worker.close(now);
    }
    update(*member, now);
  }
}

TimePoint Crew::wake_at(std::size_t waiting, bool ahead) const {
  return wants_more(waiting, ahead) ? std::min(look_over_at_, back_off_.until()) : look_over_at_;
}

bool Crew::wants_more(std::size_t waiting, bool ahead) const {
  const std::size_t successor = due_ + replaced_ > 0 ? 1 : 0;
  if (dismissed_ || alive() >= options_.most + successor) {
    return false;
  }
  if (alive() < options_.least || waiting > gauges_.starting) {
    return true;
  }
  if (due_ > 0 && gauges_.starting == 0) {
    return true;
  }
  return ahead && gauges_.idle + gauges_.starting < options_.idle && alive() < options_.most;
}

bool Crew::start_one(TimePoint now) {
  auto channel = transport_->open();
  if (!channel) {
    start_failed(std::move(channel.error().message), {}, channel.error().system_errno, now);
    return false;
  }
  ++counters_.started;
  const WorkerNumber number = ++last_number_;
  const auto place =
      members_.emplace(number, std::make_unique<Member>(number, std::move(*channel), options_, now))
          .first;
  Member& member = *place->second;
  const std::uint64_t by_lot = lot(number, member.worker.pid());
  member.most_requests = spread_out(options_.requests, by_lot);
  if (options_.age.count() > 0) {
    const auto age = static_cast<std::uint64_t>(options_.age.count());
    member.retire_at = after(now, std::chrono::milliseconds(spread_out(age, by_lot)));
    look_over_at_ = std::min(look_over_at_, member.retire_at);
  }
  ++gauges_.starting;
  update(member, now);
  return true;
}

/// Ages and idle times; says when to look again.
void Crew::look_over(TimePoint now) {
  look_over_at_ = kNoDeadline;
  for (const auto& [number, member] : members_) {
    if (now >= member->retire_at && is_standing(*member)) {
      mark_due(*member);
    } else if (!member->due) {
      look_over_at_ = std::min(look_over_at_, member->retire_at);
    }
  }
  if (options_.idle_time.count() <= 0) {
    return;
  }
  // The one that was at work least lately is at the front, where nothing is due.
  const std::vector<Member*> idle_ones = idle_;
  for (Member* member : idle_ones) {
    if (alive() <= options_.least || gauges_.idle <= options_.idle) {
      return;
    }
    const TimePoint close_at = after(member->worker.idle_since(), options_.idle_time);
    if (now >= close_at) {
      close(*member, now);
    } else {
      look_over_at_ = std::min(look_over_at_, close_at);
    }
  }
}

}  // namespace kamexec
