// SPDX-License-Identifier: GPL-2.0-or-later
// The module's parameters as the code uses them: checked, in the units of their types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command/known_programs.h"
#include "command/prepare.h"
#include "kamailio/state/async_limits.h"
#include "kamailio/state/types.h"
#include "output/lines.h"
#include "process/run.h"

namespace kamexec::module {

enum class DynamicPolicy {
  automatic,  ///< native ones are refused, those of script engines run with a warning
  allow,      ///< both run
  refuse,     ///< neither runs
};

struct Settings {
  bool set_variables = true;
  bool bash_safety = true;
  /// Timeout, grace and limits of every call; input and captures are each call's own.
  process::RunOptions run;
  /// Empty with inherit_all: the server's whole environment.
  bool inherit_all = true;
  std::vector<std::string> inherited_names;
  /// Lines of one output that exec_dset and exec_avp take.
  std::size_t lines_limit = output::kMostLines;
  DynamicPolicy dynamic = DynamicPolicy::automatic;
  command::InterpretedValues interpreted = command::InterpretedValues::refuse;
  command::AddedPrograms interpreters;
  /// Lines of each kind that each process logs in a second (log.h).
  std::uint32_t failures_logged = 10;
  /// What programs write to standard error goes to the log, where no script takes it.
  bool log_stderr = true;
  std::string service;  ///< path of kamexecd's socket; empty: none
  AsyncLimits async;    ///< processes: -1 for as many as there is need of
};

/// Reads @p parameters. What is wrong with them, a line for the log each; empty: nothing, and @p
/// into has them.
[[nodiscard]] std::vector<std::string> read_settings(const KamexecParameters& parameters,
                                                     Settings& into);

/// The settings in force: filled in while the configuration loads, constant afterwards (state.h).
[[nodiscard]] const Settings& settings();

}  // namespace kamexec::module
