// SPDX-License-Identifier: GPL-2.0-or-later
// From the processes that run routes to those that run commands: one pipe for each of the latter,
// made before the server forks. What goes over it is one word: a job's address, or a cancelled id.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kamailio/async/job.h"

namespace kamexec::module {

/// What came: a job that is now the reader's, or the id of one to be cancelled.
struct AsyncNotice {
  AsyncJobPtr job;
  AsyncId cancelled = 0;  ///< 0: none, there is something to be looked at
};

class AsyncChannel {
 public:
  /// A pipe that holds at least @p most words; the error says why there is none.
  [[nodiscard]] static Result<AsyncChannel> create(std::size_t most);

  /// Hands the job over. false: the pipe is full, and the job stays the caller's. Never waits; a
  /// word is written whole or not at all (pipe(7), PIPE_BUF).
  [[nodiscard]] bool send(AsyncJobPtr& job) const;
  /// Tells that a job is to end. Where the pipe is full, its deadline ends it.
  void send_cancel(AsyncId id) const;
  /// Has the reader look at what else has changed: a pipe that is full does so too.
  void wake() const { send_cancel(0); }

  /// The next word, nothing where none is there. For the one process that reads.
  [[nodiscard]] std::optional<AsyncNotice> receive() const;
  /// Readable when a word is there.
  [[nodiscard]] int fd() const { return read_.get(); }

 private:
  AsyncChannel(UniqueFd read, UniqueFd write) : read_(std::move(read)), write_(std::move(write)) {}
  [[nodiscard]] bool send_word(std::uint64_t word) const;

  UniqueFd read_;
  UniqueFd write_;
};

}  // namespace kamexec::module
