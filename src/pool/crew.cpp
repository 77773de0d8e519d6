// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/crew.h"

#include <algorithm>
#include <utility>

namespace kamexec {
namespace {

using State = Worker::State;

constexpr unsigned kEndBits = 2;

WatchSet::Key watch_key(WorkerNumber number, Worker::End end) {
  return number << kEndBits | static_cast<WatchSet::Key>(end);
}

}  // namespace

Crew::Crew(const PoolOptions& options, std::unique_ptr<WorkerTransport> transport,
           WatchSet& watches, TimerQueue& timers, PoolCounters& counters)
    : options_(options),
      transport_(std::move(transport)),
      watches_(watches),
      timers_(timers),
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
  timers_.set(timer_key(member.number), member.worker.wake_at());
  recount(member, now);
}

Member* Crew::find(WorkerNumber number) {
  const auto place = members_.find(number);
  return place == members_.end() ? nullptr : place->second.get();
}

Member* Crew::find(WatchSet::Key key, Worker::End& end) {
  end = static_cast<Worker::End>(key & ((1U << kEndBits) - 1));
  return find(key >> kEndBits);
}

void Crew::bury() {
  for (const WorkerNumber number : std::exchange(ended_, {})) {
    timers_.remove(timer_key(number));
    members_.erase(number);
  }
}

/// Descriptors that are to be watched by now, or no more. 0, or the errno.
int Crew::watch(Member& member) {
  for (const Worker::End end : WorkerChannel::kEnds) {
    bool& watched = member.watched[static_cast<std::size_t>(end)];
    const bool wanted = member.worker.wants(end);
    if (wanted && !watched) {
      const auto readiness =
          end == Worker::End::requests ? WatchSet::Readiness::write : WatchSet::Readiness::read;
      const int error =
          watches_.add(member.worker.fd(end), readiness, watch_key(member.number, end));
      if (error != 0) {
        return error;
      }
    } else if (!wanted && watched) {
      watches_.remove(member.worker.fd(end));
    }
    watched = wanted;
  }
  return 0;
}

void Crew::close(Member& member, TimePoint now) {
  member.worker.close(now);
  update(member, now);
}

}  // namespace kamexec
