// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace kamexec {

/// Whether a pseudo-variable, as written in a configuration ("$si"), is one whose value the server
/// makes itself of numbers and addresses, so that it never begins with '-'. Not the R-URI and its
/// like: a request line may hold anything between its blanks, and the route runs all the same.
/// For PrepareOptions::never_an_option.
[[nodiscard]] bool is_own_value(std::string_view variable);

}  // namespace kamexec
