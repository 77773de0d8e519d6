// SPDX-License-Identifier: GPL-2.0-or-later
// epoll(7) with one alarm clock in it: a single descriptor tells that something is to be done.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "process/alarm.h"

namespace kamexec::process {

/// Not thread-safe. Shared with a forked child by the kernel: only the process that made it may use
/// it.
class WatchSet {
 public:
  using Key = std::uint64_t;
  enum class Readiness { read, write, both };

  [[nodiscard]] static Result<WatchSet> create();

  /// Level-triggered. 0, or the errno. Keys must differ from each other and from kNoKey.
  [[nodiscard]] int add(int fd, Readiness readiness, Key key);
  /// Before the descriptor is closed: a copy in another process would keep it watched.
  void remove(int fd);

  /// Sets the alarm, which may ring earlier than that, for nothing: see Alarm::set().
  void set_alarm(TimePoint time) { alarm_.set(time); }

  /// Keys of what is ready. What there was no room for is given by the next wait().
  class Ready {
   public:
    [[nodiscard]] const Key* begin() const { return keys_.data(); }
    [[nodiscard]] const Key* end() const { return keys_.data() + count_; }

   private:
    friend class WatchSet;
    static constexpr std::size_t kMost = 64;
    std::array<Key, kMost> keys_{};
    std::size_t count_ = 0;
  };
  /// What is ready, waiting for it (or the alarm) until @p until; Clock::now(), or earlier, doesn't
  /// wait. A signal ends the wait too. An error is given as poll_until() gives one: after a pause.
  [[nodiscard]] Result<Ready> wait(TimePoint until);

  /// Readable when wait() would not wait.
  [[nodiscard]] int fd() const { return epoll_.get(); }

  static constexpr Key kNoKey = ~Key{0};

 private:
  WatchSet(UniqueFd epoll, Alarm alarm) : epoll_(std::move(epoll)), alarm_(std::move(alarm)) {}

  UniqueFd epoll_;
  Alarm alarm_;
};

/// Which descriptors of one owner, a program or a worker, are in a watch set. @p End: an enum of at
/// most four descriptors. The set's keys are made of the owner's number and the End.
template <typename End>
class WatchedEnds {
 public:
  [[nodiscard]] static std::uint64_t owner(WatchSet::Key key) { return key >> kEndBits; }
  [[nodiscard]] static End end(WatchSet::Key key) {
    return static_cast<End>(key & ((1U << kEndBits) - 1));
  }

  /// Adds to @p set what @p source wants by now and removes what it doesn't: to be called before a
  /// descriptor that isn't wanted is closed. @p written: the one that is for writing. 0, or the
  /// errno of the last that could not be added.
  template <typename Source>
  int follow(WatchSet& set, const Source& source, std::uint64_t number, End written) {
    int error = 0;
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      const End end = static_cast<End>(i);
      const bool wanted = source.wants(end);
      if (wanted && !watched_[i]) {
        const auto readiness =
            end == written ? WatchSet::Readiness::write : WatchSet::Readiness::read;
        const int failed = set.add(source.fd(end), readiness, number << kEndBits | i);
        watched_[i] = failed == 0;
        error = failed == 0 ? error : failed;
      } else if (!wanted && watched_[i]) {
        set.remove(source.fd(end));
        watched_[i] = false;
      }
    }
    return error;
  }

 private:
  static constexpr unsigned kEndBits = 2;
  std::array<bool, std::size_t{1} << kEndBits> watched_{};
};

}  // namespace kamexec::process
