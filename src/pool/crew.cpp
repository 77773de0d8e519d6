// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/crew.h"

#include <algorithm>
#include <utility>

namespace kamexec::pool {
namespace {

using State = Worker::State;

constexpr std::size_t kMostStartsAtOnce = 4;  // each stands the caller still for a moment
constexpr std::uint64_t kSpread = 10;         // limits differ by up to 1/kSpread

bool is_alive(State state) {
  return state == State::starting || state == State::idle || state == State::busy;
}

/// From here on it is settled whether the worker went in a good way.
bool has_left(State state) {
  return state == State::stopping || state == State::ended;
}

/// 0 to 2^16-1, another for each worker of each process, so that they don't all go at once.
std::uint64_t spread_of(WorkerNumber number, pid_t pid) {
  std::uint64_t mixed = (static_cast<std::uint64_t>(pid) << 32) + number;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed >> 48;
}

/// @p limit, less up to a tenth of it.
std::uint64_t spread_out(std::uint64_t limit, std::uint64_t spread) {
  return limit - (limit / kSpread) * spread / 65536;
}

}  // namespace

Crew::Crew(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport,
           process::WatchSet& watches, PoolCounters& counters)
    : options_(options),
      transport_(std::move(transport)),
      watches_(watches),
      counters_(counters),
      back_off_(options.back_off_first, options.back_off_most) {}

Member* Crew::take_idle() {
  if (idle_.empty()) {
    return nullptr;
  }
  Member& member = *idle_.back();
  recount_as(member, State::busy);
  return &member;
}

bool Crew::give_back(Member& member, TimePoint now) {
  recount_as(member, State::idle);
  became_idle(member, now);
  return member.due;
}

void Crew::update(Member& member, TimePoint now) {
  if (const int error = watch(member); error != 0) {
    member.worker.fail(error);
    watch(member);
  }
  member.worker.close_unwanted();
  timers_.set(member.number, member.worker.wake_at());
  recount(member, now);
}

Member* Crew::find(WorkerNumber number) {
  const auto known = members_.find(number);
  return known == members_.end() ? nullptr : known->second.get();
}

Member* Crew::find(process::WatchSet::Key key, Worker::End& end) {
  end = process::WatchedEnds<Worker::End>::end(key);
  return find(process::WatchedEnds<Worker::End>::owner(key));
}

void Crew::reap() {
  for (const WorkerNumber number : std::exchange(ended_, {})) {
    timers_.remove(number);
    members_.erase(number);
  }
}

int Crew::watch(Member& member) {
  return member.watched.follow(watches_, member.worker, member.number, Worker::End::requests);
}

void Crew::close(Member& member, TimePoint now) {
  member.worker.close(now);
  update(member, now);
}

// How many workers there are, and how old they get.

void Crew::maintain(TimePoint now, std::size_t waiting, bool ahead) {
  if (now >= check_ages_at_) {
    check_ages(now);
  }
  for (std::size_t i = 0; i < kMostStartsAtOnce; ++i) {
    if (!wants_more(waiting, ahead) || !may_start(now) || !start_one(now)) {
      return;
    }
  }
}

void Crew::start_initial(TimePoint now) {
  while (alive() < options_.start && may_start(now) && start_one(now)) {
  }
}

void Crew::mark_all_due() {
  for (const auto& [number, member] : members_) {
    if (is_alive(member->counted_as)) {
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
  const TimePoint due = std::min(check_ages_at_, timers_.earliest());
  return wants_more(waiting, ahead) ? std::min(due, back_off_.until()) : due;
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
  Member& member =
      *members_
           .emplace(number, std::make_unique<Member>(number, std::move(*channel), options_, now))
           .first->second;
  const std::uint64_t spread = spread_of(number, member.worker.pid());
  member.most_requests = spread_out(options_.requests, spread);
  if (options_.age.count() > 0) {
    const auto age = static_cast<std::uint64_t>(options_.age.count());
    member.retire_at = after(now, std::chrono::milliseconds(spread_out(age, spread)));
    check_ages_at_ = std::min(check_ages_at_, member.retire_at);
  }
  ++gauges_.starting;
  update(member, now);
  return true;
}

/// Ages and idle times; sets when to check again.
void Crew::check_ages(TimePoint now) {
  check_ages_at_ = kNoDeadline;
  for (const auto& [number, member] : members_) {
    if (now >= member->retire_at && is_alive(member->counted_as)) {
      mark_due(*member);
    } else if (!member->due) {
      check_ages_at_ = std::min(check_ages_at_, member->retire_at);
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
      check_ages_at_ = std::min(check_ages_at_, close_at);
    }
  }
}

// What it means to the crew when a worker becomes ready or idle, or ends.

std::size_t* Crew::count_of(State state) {
  switch (state) {
    case State::starting:
      return &gauges_.starting;
    case State::idle:
      return &gauges_.idle;
    case State::busy:
      return &gauges_.busy;
    case State::closing:
    case State::stopping:
      return &gauges_.leaving;
    case State::ended:
      break;
  }
  return nullptr;
}

void Crew::recount_as(Member& member, State state) {
  if (member.counted_as == State::idle) {
    std::erase(idle_, &member);
  }
  if (std::size_t* count = count_of(member.counted_as)) {
    --*count;
  }
  if (std::size_t* count = count_of(state)) {
    ++*count;
  }
  stopping_ -= member.counted_as == State::stopping ? 1 : 0;
  stopping_ += state == State::stopping ? 1 : 0;
  member.counted_as = state;
  if (state == State::idle) {  // one that is due is the last choice
    idle_.insert(member.due ? idle_.begin() : idle_.end(), &member);
  }
}

void Crew::recount(Member& member, TimePoint now) {
  const State before = member.counted_as;
  const State state = member.worker.state();
  if (before == state) {
    return;
  }
  recount_as(member, state);
  if (is_alive(before) && !is_alive(state)) {
    no_longer_alive(member);
  }
  if (!has_left(before) && has_left(state)) {
    count_departure(member, before, now);
  }
  if (state == State::ended) {
    ended_.push_back(member.number);
  }
  if (state == State::idle) {
    if (before == State::starting) {
      became_ready(member, now);
    }
    became_idle(member, now);
  }
}

void Crew::became_ready(Member& member, TimePoint now) {
  member.ready = true;
  const Wants& wants = member.worker.wants_in_requests();
  wants_ = any_was_ready_ ? wants_ | wants : wants | options_.always_send;
  any_was_ready_ = true;
  if (!member.due && due_ > 0) {
    release_one(now);
  }
}

void Crew::became_idle(Member& member, TimePoint now) {
  if (options_.idle_time.count() > 0) {
    check_ages_at_ = std::min(check_ages_at_, after(now, options_.idle_time));
  }
  if (member.replaced) {
    close(member, now);
  } else if (member.most_requests > 0 && member.worker.served() >= member.most_requests) {
    mark_due(member);
  }
}

void Crew::no_longer_alive(Member& member) {
  if (member.replaced) {
    --replaced_;
  } else if (member.due) {
    --due_;
  }
}

void Crew::count_departure(Member& member, State before, TimePoint now) {
  const std::string& fault = member.worker.fault();
  if (fault.empty()) {
    ++counters_.closed;
    return;
  }
  last_fault_ = fault;
  if (!member.ready) {
    start_failed(fault, member.worker.take_errors(), 0, now);
    return;
  }
  ++counters_.failed;
  // One that fails for what it was asked is the breaker's matter: a caller who knows how to crash a
  // worker must not be able to keep all others waiting for ever longer.
  if (before != State::busy && member.worker.served() == 0) {
    back_off_.failed(now);
  }
}

void Crew::start_failed(std::string why, std::string errors, int system_errno, TimePoint now) {
  ++counters_.start_failures;
  back_off_.failed(now);
  last_fault_ = why;
  start_problem_ = {std::move(why), std::move(errors), system_errno};
}

void Crew::mark_due(Member& member) {
  if (member.due) {
    return;
  }
  member.due = true;
  ++due_;
  if (member.counted_as == State::idle) {
    std::rotate(idle_.begin(), std::find(idle_.begin(), idle_.end(), &member),
                std::next(std::find(idle_.begin(), idle_.end(), &member)));
  }
}

/// A successor has come.
void Crew::release_one(TimePoint now) {
  if (!idle_.empty() && idle_.front()->due) {
    close(*idle_.front(), now);
    return;
  }
  for (const auto& [number, member] : members_) {
    if (member->due && !member->replaced && member->counted_as == State::busy) {
      member->replaced = true;
      --due_;
      ++replaced_;
      return;
    }
  }
}

}  // namespace kamexec::pool
