// SPDX-License-Identifier: GPL-2.0-or-later
// What other threads tell the loop's: answers, the end of a server, a connection that was made. A
// thread of the library only leaves it here and goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "nats/library.h"

namespace kamexec::nats {

struct Post {
  enum class Kind {
    answer,     ///< a message to the connection's inbox
    refused,    ///< the server has refused something: text
    lame_duck,  ///< the server will end
    dropped,    ///< the library has dropped messages
  };
  Kind kind = Kind::answer;
  std::uint64_t connection = 0;
  LibraryMessage message{};
  std::string text{};
};

/// Thread-safe.
class Posts {
 public:
  /// @p most: bytes of messages that may lie here.
  [[nodiscard]] static Result<std::shared_ptr<Posts>> make(std::size_t most);

  void leave(Post post);
  /// Makes fd() readable.
  void wake();

  /// All that lie here, in their order; fd() is not readable any more then.
  [[nodiscard]] std::vector<Post> take();
  /// How many messages there was no room for, since the start.
  [[nodiscard]] std::uint64_t dropped() const;

  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  Posts(UniqueFd event, std::size_t most) : event_(std::move(event)), most_(most) {}

  UniqueFd event_;
  std::size_t most_;
  mutable std::mutex mutex_;
  std::vector<Post> posts_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool woken_ = false;
};

}  // namespace kamexec::nats
