// SPDX-License-Identifier: GPL-2.0-or-later
// The programs of a configuration, by name.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "program/mistake.h"
#include "program/program_definition.h"
#include "program/resolved_program.h"

namespace kamexec::program {

struct Program {
  ProgramDefinition definition;
  /// Since Programs::locate().
  ResolvedProgram place;
  Origin origin = {};
};

/// Filled while the configuration loads, read afterwards; each process of the host has its copy.
/// Not thread-safe while it is filled.
class Programs {
 public:
  using ByName = std::map<std::string, Program, std::less<>>;

  /// Error: there is one of that name already, at a place that the message names.
  [[nodiscard]] Result<void> add(ProgramDefinition definition, Origin origin = {});

  /// resolve_program for all. All mistakes, each with its place.
  [[nodiscard]] std::vector<std::string> locate(std::string_view search_path);
  /// What this machine can't do of what the definitions say, and what they allow to be left out;
  /// since locate(). Each with its place.
  [[nodiscard]] std::vector<std::string> left_out() const;
  /// check_permission for all: in a process with the rights of those that start programs. All
  /// mistakes, each with its place.
  [[nodiscard]] std::vector<std::string> check_permissions();

  /// nullptr: there is none. Valid as long as this object.
  [[nodiscard]] const Program* find(std::string_view name) const;
  /// What to tell of a name that find() doesn't know: which there are.
  [[nodiscard]] Error unknown(std::string_view name) const;

  [[nodiscard]] const ByName& all() const { return programs_; }

 private:
  /// All that @p check(program) finds wrong.
  template <typename Check>
  [[nodiscard]] std::vector<std::string> for_each(Check check);

  ByName programs_;
};

}  // namespace kamexec::program
