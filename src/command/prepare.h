// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "command/finding.h"
#include "command/prepare_options.h"
#include "command/prepared_command.h"
#include "command/template.h"

namespace kamexec::command {

struct Preparation {
  /// Absent exactly when there is a finding that is an error.
  std::optional<PreparedCommand> command;
  std::vector<Finding> findings;
};

/// Prepares a command once, when a configuration is loaded. Pure but for looking for the program of
/// plain words. Errors: a variable where no quoting can make it safe (arithmetic, the name of a
/// shell variable, a here-document with a quoted delimiter), or where shells read the text
/// differently; text that ends inside a quote or a substitution; a NUL byte. Warnings: values that
/// quoting can't cure (handed to eval, sh -c, ssh, su -c …; a value that the program may read as an
/// option; a value that names the program), and a program that is not there.
/// docs/prepared-commands.md tells the whole.
[[nodiscard]] Preparation prepare(const CommandTemplate& text, const PrepareOptions& options = {});

}  // namespace kamexec::command
