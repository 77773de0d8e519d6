// SPDX-License-Identifier: GPL-2.0-or-later
// The tool's commands. Each adds itself to the command line; what it does when it is chosen sets
// the exit status.
#pragma once

#include <CLI/CLI.hpp>

namespace kamexec {

/// @p status is set by the command that runs (exit_status.h), and lives as long as @p app.
void add_check_command(CLI::App& app, int& status);
void add_completions_command(CLI::App& app, int& status);
void add_try_command(CLI::App& app, int& status);
void add_bench_command(CLI::App& app, int& status);

}  // namespace kamexec
