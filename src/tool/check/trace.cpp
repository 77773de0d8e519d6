// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/trace.h"

namespace kamexec::tool::check {
namespace {

constexpr int kMostSteps = 16;  ///< from variable to variable

/// Adds the target of @p assignment where it gets a caller's bytes.
bool add(Taints& taints, const Assignment& assignment) {
  const std::string target(variables::base_name(assignment.target));
  if (taints.contains(target)) {
    return false;
  }
  for (const std::string& source : assignment.sources) {
    const variables::Origin origin = variables::origin_of(source);
    const auto tainted = taints.find(variables::base_name(source));
    if (origin.control == variables::Control::caller) {
      taints.emplace(target, Taint{source, assignment.location, origin});
      return true;
    }
    if (origin.control == variables::Control::unknown && tainted != taints.end()) {
      taints.emplace(target, Taint{source, assignment.location, tainted->second.origin});
      return true;
    }
  }
  return false;
}

}  // namespace

Taints trace(const std::vector<Assignment>& assignments) {
  Taints taints;
  bool more = true;
  for (int step = 0; more && step < kMostSteps; ++step) {
    more = false;
    for (const Assignment& assignment : assignments) {
      more = add(taints, assignment) || more;
    }
  }
  return taints;
}

}  // namespace kamexec::tool::check
