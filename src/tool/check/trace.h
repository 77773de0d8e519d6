// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tool/check/configuration.h"
#include "variables/variable_origin.h"

namespace kamexec::tool::check {

/// Where a variable of the script's own got a caller's bytes.
struct Taint {
  std::string source;        ///< the variable on the right: "$rU", or one that is tainted itself
  SourceLocation location;   ///< of the assignment
  variables::Origin origin;  ///< of the caller's variable at the beginning
};

/// The variables that a caller's bytes are assigned to anywhere in a configuration, by way of
/// others too, by their base_name. It only ever adds: a variable that is not in it may hold
/// anything.
using Taints = std::map<std::string, Taint, std::less<>>;
[[nodiscard]] Taints trace(const std::vector<Assignment>& assignments);

}  // namespace kamexec::tool::check
