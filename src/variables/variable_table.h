// SPDX-License-Identifier: GPL-2.0-or-later
// What each Kamailio's core and modules register: variable_table.cpp, which scripts/known-variables
// makes from Kamailio's repository.
#pragma once

#include <span>
#include <string_view>

#include "variables/server_version.h"

namespace kamexec::variables {

/// The first and the last release that the tables were made from; beside them what comes after the
/// last is in the tables.
extern const ServerVersion kOldestInTable;
extern const ServerVersion kNewestRelease;

/// What is written behind a class's name.
enum class Shape {
  plain,          ///< $rU
  named,          ///< $var(x)
  indexed,        ///< $pu, $(pu[1])
  named_indexed,  ///< $avp(x), $(avp(x)[1])
};

struct VariableClass {
  std::string_view module;  ///< "core", "pv", "tmx" ...: the first that has it
  Shape shape = Shape::plain;

  [[nodiscard]] bool takes_name() const {
    return shape == Shape::named || shape == Shape::named_indexed;
  }
  [[nodiscard]] bool takes_index() const {
    return shape == Shape::indexed || shape == Shape::named_indexed;
  }
};

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

}  // namespace kamexec::variables
