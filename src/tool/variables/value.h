// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace kamexec::tool {

/// What a pseudo-variable gives, as the server has it.
struct Value {
  enum class Kind {
    text,
    null,        ///< it has none: the server prints "<null>"
    unreadable,  ///< the server can't read it (a transformation failed): it prints nothing
  };
  Kind kind = Kind::text;
  std::string text;

  static Value of(std::string_view text) { return {Kind::text, std::string(text)}; }
  static Value of(std::size_t number) { return {Kind::text, std::to_string(number)}; }
  static Value null() { return {Kind::null, {}}; }
  static Value unreadable() { return {Kind::unreadable, {}}; }

  /// What a program gets.
  [[nodiscard]] std::string printed() const { return kind == Kind::null ? "<null>" : text; }
};

}  // namespace kamexec::tool
