// SPDX-License-Identifier: GPL-2.0-or-later
// Where the library's callbacks of one connection arrive. They know the connection by its number
// alone, as some come when it is gone already.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/error.h"
#include "nats/library.h"
#include "nats/posts.h"

namespace kamexec::nats {

/// Its members are written by whichever thread the library calls from.
struct Channel {
  explicit Channel(std::shared_ptr<Posts> where) : posts(std::move(where)) {}

  std::shared_ptr<Posts> posts;
  std::atomic<int> fd{-1};              ///< the socket; -1: it is closed, or not yet there
  std::atomic<bool> writes{false};      ///< the library has something to write
  std::atomic<int> watched_by{-1};      ///< the epoll descriptor that the socket is in, or -1
  std::atomic<std::thread::id> loop{};  ///< the thread that needs no wake()
};

/// A channel's place among all of the process. Callbacks that come after its end find nothing.
class ChannelNumber {
 public:
  explicit ChannelNumber(std::shared_ptr<Channel> channel);
  ~ChannelNumber();
  ChannelNumber(const ChannelNumber&) = delete;
  ChannelNumber& operator=(const ChannelNumber&) = delete;

  /// Never 0, and never given twice.
  [[nodiscard]] std::uint64_t get() const { return number_; }

 private:
  std::uint64_t number_;
};

/// Has @p options tell the channel of that number what happens to their connection.
[[nodiscard]] natsStatus tell_channel(natsOptions* options, std::uint64_t number);

/// Whether @p fd is the socket of a channel.
[[nodiscard]] bool is_attached(int fd);

/// Subscribes to @p subject: its messages are posted as answers. It starts a thread of the
/// library's, which gets no signals.
[[nodiscard]] natsStatus subscribe_for_channel(natsSubscription** made, natsConnection* connection,
                                               const char* subject, std::uint64_t number);

/// Closes it, without waiting: by the thread that reads and writes it. What the kernel has is still
/// sent; what waits in the library is not. Destroying the handle doesn't wait then.
void close_now(natsConnection* connection, const Channel& channel);

}  // namespace kamexec::nats
