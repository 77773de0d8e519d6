// SPDX-License-Identifier: GPL-2.0-or-later
// Pipes to and from a child, seen from the parent.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::process {

/// Our end never blocks; the child's end blocks, as programs expect of their standard streams. Both
/// are close-on-exec, and neither is 0, 1 or 2, whatever the host has closed: a child's end can be
/// copied there without stepping on another.
struct Pipe {
  UniqueFd ours;
  UniqueFd childs;
};

/// The child reads, we write.
[[nodiscard]] Result<Pipe> make_input_pipe();
/// The child writes, we read.
[[nodiscard]] Result<Pipe> make_output_pipe();

/// /dev/null for reading and writing; close-on-exec, above 2.
[[nodiscard]] Result<UniqueFd> open_null();

/// What one attempt to move bytes gave.
struct Transfer {
  enum class State {
    moved,        ///< some bytes, maybe fewer than wanted
    would_block,  ///< none now
    finished,     ///< end of file, or the reader has gone, or the pipe failed: no more ever
  };
  State state = State::finished;
  std::size_t bytes = 0;
};

[[nodiscard]] Transfer read_some(int fd, char* buffer, std::size_t size);

/// A reader that has gone raises no SIGPIPE for the host: the signal is held for this thread and
/// the one that this write made is taken back. One that was pending before stays.
[[nodiscard]] Transfer write_some(int fd, std::string_view data);

/// Has this process ignore SIGPIPE for good: write_some() then need not hold it back, which takes
/// three system calls. For a program of our own, before it has threads; not for a host's process.
void ignore_sigpipe();

/// Bytes that wait in the pipe at this moment.
[[nodiscard]] std::size_t bytes_waiting(int fd);

}  // namespace kamexec::process
