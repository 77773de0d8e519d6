// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "variables/variable_origin.h"

namespace kamexec {

/// Whose the values of a class of variables are ("hdr" of "$hdr(X)"); unknown where it is none of
/// those whose origin is certain.
[[nodiscard]] Origin origin_of_class(std::string_view name);

/// Whose the value of a select is ("cfg_get.group.name", "via[1].host", without '@'): a caller's
/// where its first name is none of the operator's, the script's or the server's.
[[nodiscard]] Origin origin_of_select(std::string_view select);

}  // namespace kamexec
