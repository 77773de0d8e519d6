// SPDX-License-Identifier: GPL-2.0-or-later
// Messages that are done with. The library has a thread that frees them, and wakes it for one; so
// they are given to it many at a time, not while somebody waits for what they were about.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "nats/library.h"

namespace kamexec::nats {

/// Of one thread. Keeps at most kMost messages and kMostBytes of them.
class SpentMessages {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostBytes = std::size_t{256} << 10;

  SpentMessages() { messages_.reserve(kMost); }

  void add(LibraryMessage message) {
    const int size = message ? natsMsg_GetDataLength(message.get()) : 0;
    bytes_ += static_cast<std::size_t>(size > 0 ? size : 0);
    messages_.push_back(std::move(message));
    if (messages_.size() == kMost || bytes_ > kMostBytes) {
      messages_.clear();
      bytes_ = 0;
    }
  }

 private:
  std::vector<LibraryMessage> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace kamexec::nats
