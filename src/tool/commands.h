// SPDX-License-Identifier: GPL-2.0-or-later
// The tool's commands and their exit status. Each adds itself to the command line; what it does
// when it is chosen sets the status.
#pragma once

// CLI11 is slow to parse: what is compiled with it includes it itself.
namespace CLI {
class App;
}

namespace kamexec::tool {

// What the exit status says is the same for every command.

/// Done; nothing to say against.
inline constexpr int kFine = 0;
/// check: there are findings; try, call: the call's outcome is not "ok"; queue drop: the answer was
/// no.
inline constexpr int kFound = 1;
/// The command line, or an input that it names, can't be used.
inline constexpr int kUnusable = 2;
/// Something needed is missing on this machine.
inline constexpr int kNotPossible = 3;

/// @p status is set by the command that runs, and lives as long as @p app.
void add_check_command(CLI::App& app, int& status);
void add_completions_command(CLI::App& app, int& status);
void add_try_command(CLI::App& app, int& status);
void add_bench_command(CLI::App& app, int& status);
void add_call_command(CLI::App& app, int& status);
void add_status_command(CLI::App& app, int& status);
void add_cache_command(CLI::App& app, int& status);
void add_queue_command(CLI::App& app, int& status);

}  // namespace kamexec::tool
