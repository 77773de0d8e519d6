// SPDX-License-Identifier: GPL-2.0-or-later
// Calls of the library that could wait, on connections with TLS. With plain TCP it reads and writes
// as much as can be had; with TLS it waits, without end, for the rest of a record to come or to go.
// So it is only let read when a whole record is there, and only write when all of it finds room.
#pragma once

#include <chrono>
#include <cstddef>

namespace kamexec::nats {

/// Lets the kernel keep more than one record of @p fd, whatever it was sent in.
void prepare_for_records(int fd);

/// Whether the next record of TLS is in the kernel, whole; or the rest of it can't come before it
/// is read, or not any more. False:
/// @p fd isn't readable any more, for epoll(7), until it is.
[[nodiscard]] bool has_whole_record(int fd);

/// Whether anything has come that was not read.
[[nodiscard]] bool has_unread(int fd);

/// Whether @p bytes find room in the kernel's buffer; or it is empty, when what is larger than the
/// buffer must go some time.
[[nodiscard]] bool has_room_for(int fd, std::size_t bytes);

/// More than this isn't handed to the library at once: it is written in one call.
inline constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;
/// As much may wait for room, or one message.
inline constexpr std::size_t kMostUnsent = std::size_t{2} << 20;

/// How long a call may take, by a peer that breaks the rules above (an unusual record, a server
/// that stops while it takes much): then the connection is shut down.
inline constexpr std::chrono::milliseconds kLongestCall{2'000};

/// For the time of one call of the library: a thread, which gets no signals, watches over it.
class WatchedCall {
 public:
  explicit WatchedCall(int fd);
  ~WatchedCall();
  WatchedCall(const WatchedCall&) = delete;
  WatchedCall& operator=(const WatchedCall&) = delete;

 private:
  bool watched_;
};

}  // namespace kamexec::nats
