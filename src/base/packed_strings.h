// SPDX-License-Identifier: GPL-2.0-or-later
// Strings copied into one block of memory, to be kept for later or to be read by another process.
// The writer measures what it will add with packed_size(), provides the block, and adds the same
// strings in the same order. Each string is followed by a NUL, so that it can be passed to execve.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace kamexec {

/// Bytes that StringPacker::add() writes for the same argument.
[[nodiscard]] constexpr std::size_t packed_size(std::string_view text) {
  return sizeof(std::size_t) + text.size() + 1;
}
[[nodiscard]] std::size_t packed_size(std::span<const std::string_view> texts);
/// @p texts: NULL-terminated; nullptr counts as an empty list.
[[nodiscard]] std::size_t packed_size(char* const* texts);

/// Writes into a block that is large enough; the caller owns the block. The copies live as long as
/// it does. Strings may hold any bytes.
class StringPacker {
 public:
  explicit StringPacker(char* block) : at_(block) {}

  /// The copy, with a NUL after its text.size() bytes.
  char* add(std::string_view text);
  /// Views of the copies.
  std::vector<std::string_view> add(std::span<const std::string_view> texts);
  /// The copies, with the NULL at the end that execve wants. nullptr counts as an empty list.
  std::vector<char*> add(char* const* texts);

  /// The first byte that was not written.
  [[nodiscard]] const char* end() const { return at_; }

 private:
  void add_number(std::size_t number);

  char* at_;
};

/// Reads what a StringPacker wrote, in the same order. Trusts the block: nothing is checked.
class StringUnpacker {
 public:
  explicit StringUnpacker(const char* block) : at_(block) {}

  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::vector<std::string_view> list();

 private:
  [[nodiscard]] std::size_t number();

  const char* at_;
};

}  // namespace kamexec
