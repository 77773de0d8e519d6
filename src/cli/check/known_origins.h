// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "cli/check/variable_origin.h"

namespace kamexec::check {

/// Whose the values of a class of variables are ("hdr" of "$hdr(X)"); unknown where it is none of
/// those whose origin is certain.
[[nodiscard]] Origin origin_of_class(std::string_view name);

}  // namespace kamexec::check
