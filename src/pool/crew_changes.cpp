// SPDX-License-Identifier: GPL-2.0-or-later
// What it means to the crew when a worker becomes ready, idle or is over.
#include <algorithm>
#include <utility>

#include "pool/crew.h"

namespace kamexec {
namespace {

using State = Worker::State;

bool is_alive(State state) {
  return state == State::starting || state == State::idle || state == State::busy;
}

/// From here on nothing changes whether it went in a good way.
bool is_judged(State state) {
  return state == State::stopping || state == State::ended;
}

}  // namespace

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
    stands_no_more(member);
  }
  if (!is_judged(before) && is_judged(state)) {
    judge(member, before, now);
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
    let_one_go(now);
  }
}

void Crew::became_idle(Member& member, TimePoint now) {
  if (options_.idle_time.count() > 0) {
    look_over_at_ = std::min(look_over_at_, after(now, options_.idle_time));
  }
  if (member.replaced) {
    close(member, now);
  } else if (member.most_requests > 0 && member.worker.served() >= member.most_requests) {
    mark_due(member);
  }
}

void Crew::stands_no_more(Member& member) {
  if (member.replaced) {
    --replaced_;
  } else if (member.due) {
    --due_;
  }
}

void Crew::judge(Member& member, State before, TimePoint now) {
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

bool Crew::is_standing(const Member& member) {
  return is_alive(member.counted_as);
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
void Crew::let_one_go(TimePoint now) {
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

}  // namespace kamexec
