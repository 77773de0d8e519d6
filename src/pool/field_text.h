// SPDX-License-Identifier: GPL-2.0-or-later
// A message of lines on its way out: all of it is appended to a text, or nothing.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "pool/escape.h"

namespace kamexec::pool {

/// Not thread-safe. Takes back what it appended unless finish() says that it stays: where it became
/// too long, or where memory ran out.
class FieldText {
 public:
  static constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

  /// @p to must outlive this and is changed by nothing else meanwhile. @p most: bytes appended.
  FieldText(std::string& to, std::size_t most) : to_(to), begin_(to.size()), most_(most) {}
  ~FieldText() {
    if (!stays_) {
      to_.resize(begin_);
    }
  }
  FieldText(const FieldText&) = delete;
  FieldText& operator=(const FieldText&) = delete;

  /// As it is: words, spaces, LF.
  void add(std::string_view text) { to_ += text; }
  void add(std::integral auto number) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, number);
    to_.append(digits, static_cast<std::size_t>(written.ptr - digits));
  }

  /// A line. Holds that the text can't grow far past its limit, whatever it is fed.
  void field(std::string_view name, std::string_view value) {
    if (!fits()) {
      return;
    }
    to_ += name;
    to_ += ' ';
    append_escaped(to_, value);
    to_ += '\n';
  }

  [[nodiscard]] bool fits() const { return to_.size() - begin_ <= most_; }

  /// False where it is too long: it is taken back.
  [[nodiscard]] bool finish() {
    stays_ = fits();
    return stays_;
  }

 private:
  std::string& to_;
  std::size_t begin_;
  std::size_t most_;
  bool stays_ = false;
};

}  // namespace kamexec::pool
