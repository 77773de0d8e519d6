// SPDX-License-Identifier: GPL-2.0-or-later
// Values of attributes, whatever has the attributes: programs, and the daemon's own section.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "program/attribute.h"

namespace kamexec::program {

/// A value that is one number with its unit.
struct NumberRange {
  /// What the number counts; `integer` may be negative.
  enum class Unit { milliseconds, seconds, bytes, count, integer };

  Unit unit = Unit::count;
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool none_is_zero = false;  ///< "none" may be written, and is 0
};

/// The number, in @p range's unit. The error, without the attribute's name, says what to write.
[[nodiscard]] Result<std::int64_t> read_number(const NumberRange& range,
                                               const Attribute& attribute);
/// As read_number takes it.
[[nodiscard]] std::string number_text(const NumberRange& range, std::int64_t number);

/// The one word of an attribute that takes one.
[[nodiscard]] Result<std::string> only_word(const Attribute& attribute);
/// Where that is yes or no.
[[nodiscard]] Result<bool> read_yes_no(const Attribute& attribute);

/// A word in a message: printable, cut, in quotes.
[[nodiscard]] std::string shown(std::string_view word);

/// What to tell of a name that is none of @p known: the one that was meant, or all there are.
[[nodiscard]] std::string unknown_attribute(std::string_view name,
                                            std::span<const std::string_view> known);

}  // namespace kamexec::program
