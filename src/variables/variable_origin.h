// SPDX-License-Identifier: GPL-2.0-or-later
// Whose a pseudo-variable's value is: what a caller can put there, and in which form.
#pragma once

#include <string_view>
#include <vector>

#include "variables/known_origins.h"

namespace kamexec::variables {

/// @p variable: as written, "$rU", "$(hdr(X)[0]{s.len})". A transformation that leaves nothing but
/// digits or letters makes the value limited.
[[nodiscard]] Origin origin_of(std::string_view variable);

/// The variables in the parameters of @p variable's transformations: $rU of $(si{s.replace,1,$rU}).
[[nodiscard]] std::vector<std::string_view> parameter_variables(std::string_view variable);

/// The variable without what selects or transforms its value: "$var(x)" of "$(var(x){s.trim})".
/// The same variable in two ways of writing gives the same text.
[[nodiscard]] std::string_view base_name(std::string_view variable);

}  // namespace kamexec::variables
