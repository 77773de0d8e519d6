// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that a configuration names: modparam "program" and "programs_file".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "program/permissions.h"
#include "tool/check/configuration.h"

namespace kamexec::tool::check {

struct NamedPrograms {
  std::vector<std::string> names;
  /// What those may do whose definitions are good, by their definitions.
  std::map<std::string, std::vector<program::Permission>, std::less<>> permissions;
  /// There may be others: a file isn't here, or what is not defined is asked of a service.
  bool may_be_others = false;
  Notes notes;  ///< what is wrong with the definitions, at the parameters
};

/// Reads the files that the parameters name, as they are on this machine.
[[nodiscard]] NamedPrograms named_programs(const Configuration& configuration);

}  // namespace kamexec::tool::check
