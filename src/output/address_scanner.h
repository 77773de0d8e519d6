// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace kamexec::output {

/// Reads a text from left to right: each take… takes something off the front. Gives views of the
/// text, which must outlive it.
class AddressScanner {
 public:
  explicit AddressScanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  /// Takes @p c if it is next, and says whether it was.
  bool take(char c) {
    const bool there = at(c);
    if (there) {
      rest_.remove_prefix(1);
    }
    return there;
  }

  /// Takes the bytes up to the first that is not wanted; perhaps none.
  template <typename Predicate>
  std::string_view take_while(Predicate wanted) {
    std::size_t size = 0;
    while (size < rest_.size() && wanted(rest_[size])) {
      ++size;
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// Takes the rest of a quoted-string (RFC 3261 section 25.1) whose first quote was taken. False:
  /// it does not end, and all is taken.
  bool take_quoted_rest() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        return true;
      }
      if (c == '\\' && !rest_.empty()) {
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

 private:
  std::string_view rest_;
};

}  // namespace kamexec::output
