// SPDX-License-Identifier: GPL-2.0-or-later
// The expressions of #!ifexp and #!defexp, as the server evaluates them (core/utils/snexpr.h and
// core/ppcfg.c, from Kamailio 5.7 on).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "tool/check/defines.h"

namespace kamexec::tool::check {

/// A number, or a string.
using ExpressionValue = std::variant<float, std::string>;

struct Expression {
  ExpressionValue value;
  bool is_doubtful = false;  ///< the server's may be another: it depends on what it alone knows

  /// What #!ifexp makes of it.
  [[nodiscard]] bool is_true() const;
  /// What #!defexp makes of it.
  [[nodiscard]] std::string text() const;
};

/// A name that is defined is its value, a string without the quotes around it, or 1 where it has
/// none; a name that isn't is 0. The error: the server evaluates it to nothing, which is false for
/// #!ifexp, and no value for #!defexp.
[[nodiscard]] Result<Expression> evaluate(std::string_view text, const Defines& defines);

}  // namespace kamexec::tool::check
