// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/run.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "process/deferred_reap.h"
#include "process/poll_until.h"
#include "process/process.h"
#include "process/signal_guard.h"

namespace kamexec::process {
namespace {

/// What ppoll(2) watches for one program and for the host's stop signals.
class PollSet {
 public:
  void add(int fd, short events, Process::Channel channel) {
    channels_[count_] = channel;
    entries_[count_++] = pollfd{fd, events, 0};
  }
  void add_stop(int fd) {
    stop_index_ = count_;
    entries_[count_++] = pollfd{fd, POLLIN, 0};
  }

  /// 0, or the errno; EINTR counts as nothing ready.
  int wait(TimePoint until) {
    const Result<int> ready = poll_until(entries_.data(), count_, until);
    return ready ? 0 : ready.error().system_errno;
  }

  [[nodiscard]] bool stop_is_ready() const {
    return stop_index_ < count_ && entries_[stop_index_].revents != 0;
  }
  template <typename Function>
  void for_each_ready(Function function) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (i != stop_index_ && entries_[i].revents != 0) {
        function(channels_[i]);
      }
    }
  }

 private:
  static constexpr std::size_t kMost = Process::kChannels.size() + 1;
  std::array<pollfd, kMost> entries_{};
  std::array<Process::Channel, kMost> channels_{};
  std::size_t count_ = 0;
  std::size_t stop_index_ = kMost;
};

void wait_for(Process& process, const StopSignals& stop) {
  bool stopping = false;
  while (!process.done()) {
    PollSet set;
    for (const Process::Channel channel : Process::kChannels) {
      if (process.wants(channel)) {
        set.add(process.fd(channel), channel == Process::Channel::input ? POLLOUT : POLLIN,
                channel);
      }
    }
    TimePoint until = process.wake_at();
    if (!stopping && stop.fd() >= 0) {
      set.add_stop(stop.fd());
    } else if (!stopping) {
      until = std::min(until, after(Clock::now(), StopSignals::kCheckInterval));
    }

    const int error = set.wait(until);
    const TimePoint now = Clock::now();
    if (error != 0) {
      process.stop(StopReason::loop_failed, error);
    }
    set.for_each_ready([&](Process::Channel channel) { process.on_ready(channel, now); });
    if (set.stop_is_ready() || (!stopping && stop.fd() < 0 && stop.told())) {
      stopping = true;
      process.stop(StopReason::host_stops);
    }
    ProcessTable table;
    process.on_time(now, table);
    process.close_unwanted();
  }
}

}  // namespace

RunResult run(const ProgramStart& start, const RunOptions& options) {
  const TimePoint requested = Clock::now();
  reap_deferred();
  const SignalGuard signals;
  Process process(start, options, requested);
  wait_for(process, signals.stop());
  return process.take_result();
}

}  // namespace kamexec::process
