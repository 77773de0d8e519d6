// SPDX-License-Identifier: GPL-2.0-or-later
// What each Kamailio's core and modules register: variable_table.cpp, which scripts/known-variables
// makes from Kamailio's repository.
#pragma once

#include <span>
#include <string_view>

#include "variables/known_variables.h"

namespace kamexec {

struct TableRow {
  VariableClass variable_class;  ///< the shape of transformations is always plain
  ServerVersion since;           ///< none: kOldestInTable had it
  ServerVersion until;           ///< the first without it; none: it is still there
  std::string_view names;        ///< separated by single spaces

  [[nodiscard]] bool has(ServerVersion version) const {
    return version.is_none() || (since <= version && (until.is_none() || version < until));
  }
};

/// Classes of variables; those of the core come first, then those of pv. Of one name in one module
/// the newest comes first.
[[nodiscard]] std::span<const TableRow> variable_rows();
/// Classes of transformations.
[[nodiscard]] std::span<const TableRow> transformation_rows();

}  // namespace kamexec
