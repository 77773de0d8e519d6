// SPDX-License-Identifier: GPL-2.0-or-later
// The values of one message, unescaped straight into one buffer that the next message uses again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pool/escape.h"

namespace kamexec::service {

/// Not thread-safe.
class GatheredValues {
 public:
  /// Where a value is: the buffer moves while it grows.
  struct Place {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  /// False where @p text has a bad escape. The value is followed by a NUL, so that execve can take
  /// it as it is.
  [[nodiscard]] bool add(std::string_view text, Place& place) {
    place.begin = bytes_.size();
    if (!pool::append_unescaped(bytes_, text)) {
      return false;
    }
    place.size = bytes_.size() - place.begin;
    bytes_ += '\0';
    return true;
  }

  /// Valid until the next change.
  [[nodiscard]] std::string_view view(Place place) const {
    return std::string_view(bytes_).substr(place.begin, place.size);
  }
  /// All values, each with its NUL. Valid until the next change.
  [[nodiscard]] std::string_view packed() const { return bytes_; }

  /// Memory is kept.
  void clear() { bytes_.clear(); }
  void release() { std::string().swap(bytes_); }
  [[nodiscard]] std::size_t held() const { return bytes_.capacity(); }

 private:
  std::string bytes_;
};

}  // namespace kamexec::service
