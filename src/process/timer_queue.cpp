// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/timer_queue.h"

namespace kamexec::process {

void TimerQueue::set(Key key, TimePoint time) {
  if (time == kNoDeadline) {
    remove(key);
    return;
  }
  const auto known = times_.find(key);
  if (known == times_.end()) {
    const auto entry = order_.emplace(time, key).first;
    try {
      times_.emplace(key, time);
    } catch (...) {
      order_.erase(entry);
      throw;
    }
  } else if (known->second != time) {
    auto node = order_.extract({known->second, key});
    node.value().first = time;
    order_.insert(std::move(node));
    known->second = time;
  }
}

void TimerQueue::remove(Key key) {
  const auto known = times_.find(key);
  if (known == times_.end()) {
    return;
  }
  order_.erase({known->second, key});
  times_.erase(known);
}

TimePoint TimerQueue::earliest() const {
  return order_.empty() || order_.begin()->first == kNotAwaited ? kNoDeadline
                                                                : order_.begin()->first;
}

std::vector<TimerQueue::Key> TimerQueue::take_due(TimePoint now) {
  std::vector<Key> due;
  for (auto one = order_.begin(); one != order_.end() && one->first <= now; ++one) {
    due.push_back(one->second);
  }
  for (const Key key : due) {
    remove(key);
  }
  return due;
}

std::optional<TimerQueue::Key> TimerQueue::next_due(TimePoint now) {
  if (earliest() > now) {
    return {};
  }
  const Key key = order_.begin()->second;
  set(key, kNotAwaited);
  return key;
}

}  // namespace kamexec::process
