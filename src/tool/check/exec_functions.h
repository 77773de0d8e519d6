// SPDX-License-Identifier: GPL-2.0-or-later
// The functions whose first argument is a command.
#pragma once

#include <cstddef>
#include <string_view>

#include "tool/check/input.h"

namespace kamexec::tool::check {

/// exec_dset, exec_msg, exec_avp, exec_cmd, exec_run, and each with _async.
[[nodiscard]] bool is_exec_function(std::string_view name);
/// Those that the distribution's module has too.
[[nodiscard]] bool is_stock_function(std::string_view name);
/// exec_dset and its asynchronous form: the R-URI is added.
[[nodiscard]] bool adds_uri(std::string_view name);

/// How long the name and the '(' of an exec call are that stands next; 0: none does.
[[nodiscard]] std::size_t exec_call_size(const Input& input);

}  // namespace kamexec::tool::check
