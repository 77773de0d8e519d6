// SPDX-License-Identifier: GPL-2.0-or-later
// Where a value stands in a command's text, and what a value must be to run a command there when it
// is pasted into the text, as the stock module does.
#pragma once

#include <string>
#include <string_view>

#include "variables/variable_origin.h"

namespace kamexec::tool::check {

enum class Context {
  unquoted,
  double_quotes,
  single_quotes,
  here_document,         ///< or a here-string
  quoted_here_document,  ///< its delimiter is quoted: nothing is replaced there
  arithmetic,
  comment,
};

/// "in single quotes"
[[nodiscard]] std::string_view words_of(Context context);
/// "single-quotes": of the machine-readable reports.
[[nodiscard]] std::string_view name_of(Context context);

/// Whether a value of this form can end the context at all: a comment and a quoted here-document
/// end at a line's end only.
[[nodiscard]] bool can_break_out(variables::Form form, Context context);

/// A value that a SIP message can carry in a variable of that form, and that runs `id` when it is
/// pasted in that context. Empty: none is known. @p after_backslash: one stands in front of it.
[[nodiscard]] std::string break_out_value(variables::Form form, Context context,
                                          bool after_backslash);

}  // namespace kamexec::tool::check
