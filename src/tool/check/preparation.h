// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of an assessment that calls of the configuration and of scripts share.
#pragma once

#include <string>

#include "command/prepare.h"
#include "command/template.h"
#include "tool/check/assessment.h"
#include "tool/check/uses.h"

namespace kamexec::tool::check {

/// Raises the level, never lowers it.
void raise(Assessment& assessment, Level level, std::string reason = {});
/// The call has to be changed by hand.
void refuse(Assessment& assessment, SourceLocation location, std::string message,
            std::string remedy);
[[nodiscard]] Said said_of(const command::Finding& finding, const TemplateLocations& locations);
void say(Assessment& assessment, const command::Finding& finding,
         const TemplateLocations& locations);

/// `@name arguments`: whether the configuration defines such a program.
void assess_program_call(Assessment& assessment, const command::CommandTemplate& parts,
                         const TemplateLocations& locations, const Surroundings& surroundings);

struct PreparationOptions {
  std::string function;    ///< "exec_run"
  std::string input;       ///< exec_run's second parameter, as written
  bool ask_shell = false;  ///< about syntax
  /// The text runs as given: what is read as code is told of, and not refused.
  bool as_given = false;
};

/// How this module runs the text, with what it says when the configuration loads.
void add_preparation(Assessment& assessment, const command::CommandTemplate& parts,
                     const TemplateLocations& locations, const Surroundings& surroundings,
                     const PreparationOptions& wanted);

}  // namespace kamexec::tool::check
