// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/known_variables.h"

#include <algorithm>

#include "variables/inner_names.h"

namespace kamexec::variables {
namespace {

// $exec is this module's own: no server's sources have it.
constexpr std::string_view kOwnName = "exec";
constexpr VariableClass kOwn = {"exec", Shape::named};

}  // namespace

bool KnownModules::has(std::string_view module) const {
  return !some || module == "core" || module == "exec" ||
         std::find(loaded.begin(), loaded.end(), module) != loaded.end();
}

const VariableClass* find_variable_class(std::string_view name, const KnownModules& modules) {
  if (name == kOwnName) {
    return &kOwn;
  }
  const auto rows = variable_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const TableRow& row) {
    return row.has(modules.version) && has_word(row.names, name) &&
           modules.has(row.variable_class.module);
  });
  return found == rows.end() ? nullptr : &found->variable_class;
}

std::string_view module_of_variable(std::string_view name, ServerVersion version) {
  const VariableClass* found = find_variable_class(name, {false, {}, version});
  return found == nullptr ? std::string_view() : found->module;
}

std::optional<OtherVersions> find_other_versions(std::string_view name,
                                                 const KnownModules& modules) {
  const TableRow* best = nullptr;
  const auto is_better = [&](const TableRow& row) {
    const auto later = [&](const TableRow& one) { return one.since > modules.version; };
    if (best == nullptr ||
        modules.has(row.variable_class.module) != modules.has(best->variable_class.module)) {
      return best == nullptr || modules.has(row.variable_class.module);
    }
    if (later(row) != later(*best)) {
      return later(row);
    }
    return later(row) ? row.since < best->since : row.since > best->since;
  };
  for (const TableRow& row : variable_rows()) {
    if (has_word(row.names, name) && !row.has(modules.version) && is_better(row)) {
      best = &row;
    }
  }
  return best == nullptr
             ? std::nullopt
             : std::optional(OtherVersions{best->variable_class.module, best->since, best->until});
}

bool is_transformation_class(std::string_view name, const KnownModules& modules) {
  const auto rows = transformation_rows();
  return std::any_of(rows.begin(), rows.end(), [&](const TableRow& row) {
    return row.has(modules.version) && has_word(row.names, name) &&
           modules.has(row.variable_class.module);
  });
}

std::string_view module_of_transformation(std::string_view name, ServerVersion version) {
  const auto rows = transformation_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const TableRow& row) {
    return row.has(version) && has_word(row.names, name);
  });
  return found == rows.end() ? std::string_view() : found->variable_class.module;
}

}  // namespace kamexec::variables
