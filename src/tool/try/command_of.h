// SPDX-License-Identifier: GPL-2.0-or-later
// The command as the module would prepare it while the configuration loads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command/prepare.h"
#include "command/prepared_command.h"
#include "program/programs.h"
#include "tool/try/try_options.h"

namespace kamexec::tool {

struct TriedCommand {
  /// Absent exactly where a finding is an error.
  std::optional<command::PreparedCommand> prepared;
  const program::Program* program =
      nullptr;                         ///< a call by name; in the programs that were handed in
  std::vector<std::string> variables;  ///< as written, in the order of the values
  std::vector<command::Finding> findings;
};

/// What else decides how a command is prepared.
struct TrySurroundings {
  std::string search_path;
  std::string input;  ///< exec_run's, as written
  bool set_variables = true;
};

/// @p programs must outlive the result. Asks the system's shell for its view of the text.
[[nodiscard]] TriedCommand command_of(TryCall call, const std::string& text,
                                      const program::Programs& programs,
                                      const TrySurroundings& surroundings);

}  // namespace kamexec::tool
