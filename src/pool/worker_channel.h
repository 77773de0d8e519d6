// SPDX-License-Identifier: GPL-2.0-or-later
// The face between a pool and where its workers are. The protocol, the matching of replies and the
// life of a worker know only this; what carries the bytes is an implementation of it
// (local_channel.h: pipes to a process).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "process/pidfd.h"
#include "process/pipe.h"
#include "process/process_table.h"
#include "process/program_start.h"

namespace kamexec::pool {

/// The line to one worker. Passive: it never waits, and says by descriptors and times when it wants
/// to go on. Used by one thread of the process that made it; in a forked child it may only be
/// destroyed, which does nothing to the worker.
class WorkerChannel {
 public:
  /// What can be watched: requests for writing, the others for reading.
  enum class End { requests, replies, errors, exit };
  static constexpr std::array<End, 4> kEnds{End::requests, End::replies, End::errors, End::exit};

  WorkerChannel() = default;
  /// A worker that isn't ended() yet is ended without grace, as far as that needs no waiting.
  virtual ~WorkerChannel() = default;
  WorkerChannel(const WorkerChannel&) = delete;
  WorkerChannel& operator=(const WorkerChannel&) = delete;

  /// 0 where the worker is no process of this machine.
  [[nodiscard]] virtual pid_t pid() const = 0;
  /// -1: there is nothing to be watched.
  [[nodiscard]] virtual int fd(End end) const = 0;
  /// Not to be watched any more. Without requests a worker sees the end of its input, and leaves in
  /// good order.
  virtual void close(End end) = 0;

  /// One attempt each; `finished` means that nothing goes through any more.
  [[nodiscard]] virtual process::Transfer send(std::string_view bytes) = 0;
  [[nodiscard]] virtual process::Transfer receive(char* buffer, std::size_t size) = 0;

  /// How the worker ended, if it has: to be asked when `exit` is ready, and later as often as
  /// wished.
  [[nodiscard]] virtual process::ChildExit exit() = 0;
  /// Why the kernel has ended a process of the worker's, in words; empty: it has not, for all that
  /// is known.
  [[nodiscard]] virtual std::string kernels_reason() const { return {}; }

  /// Ends the worker and its descendants, also those that outlived it: begins, and goes on with
  /// proceed() at wake_at() and when `exit` is ready, until ended(). @p table as TreeStop wants it.
  virtual void stop(const process::StopPolicy& policy, TimePoint now,
                    process::ProcessTable& table) = 0;
  virtual void proceed(TimePoint now, process::ProcessTable& table) = 0;
  [[nodiscard]] virtual TimePoint wake_at() const = 0;
  [[nodiscard]] virtual bool ended() const = 0;
};

/// Makes channels, each to a new worker.
class WorkerTransport {
 public:
  WorkerTransport() = default;
  virtual ~WorkerTransport() = default;
  WorkerTransport(const WorkerTransport&) = delete;
  WorkerTransport& operator=(const WorkerTransport&) = delete;

  /// Doesn't wait for the worker to say anything.
  [[nodiscard]] virtual Result<std::unique_ptr<WorkerChannel>> open() = 0;
};

}  // namespace kamexec::pool
