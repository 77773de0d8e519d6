// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kamexec::module {

/// The values of one call, copied out of the host, whose buffers are used again for the next
/// variable. Reusable: clear() keeps the memory. Not thread-safe.
class Values {
 public:
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  void add(std::string_view value) {
    bytes_ += value;
    ends_.push_back(bytes_.size());
  }
  /// All values; the views live until the next clear() or add().
  [[nodiscard]] std::span<const std::string_view> views() {
    views_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      views_.emplace_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    return views_;
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::vector<std::string_view> views_;
};

}  // namespace kamexec::module
