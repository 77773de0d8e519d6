// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/timer_queue.h"

namespace kamexec {

void TimerQueue::set(Key key, TimePoint time) {
  const auto known = times_.find(key);
  if (known != times_.end() && known->second == time)
    return;
  remove(key);
  if (time == no_deadline)
    return;
  times_.emplace(key, time);
  order_.emplace(time, key);
}

void TimerQueue::remove(Key key) {
  const auto known = times_.find(key);
  if (known == times_.end())
    return;
  order_.erase({known->second, key});
  times_.erase(known);
}

TimePoint TimerQueue::earliest() const {
  return order_.empty() ? no_deadline : order_.begin()->first;
}

std::vector<TimerQueue::Key> TimerQueue::take_due(TimePoint now) {
  std::vector<Key> due;
  while (!order_.empty() && order_.begin()->first <= now) {
    due.push_back(order_.begin()->second);
    times_.erase(due.back());
    order_.erase(order_.begin());
  }
  return due;
}

}  // namespace kamexec
