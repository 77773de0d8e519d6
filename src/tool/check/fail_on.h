// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "tool/check/checked.h"

namespace kamexec::check {

/// Whether one of @p what is found: "danger", "possible" (danger, unseen and possible; also where
/// something was not read), "change", "never" (which is nothing).
[[nodiscard]] bool fails(const std::vector<Checked>& all, const std::vector<std::string>& what);

}  // namespace kamexec::check
