// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/invocation.h"
#include "tool/try/command_of.h"
#include "tool/try/read_inputs.h"

namespace kamexec::tool {

/// What the command line says.
struct BenchOptions {
  std::string command;                ///< as in the routing script; empty: the default one
  std::vector<std::string> programs;  ///< definitions, as the module's parameter
  int rounds = 30;
  int calls = 0;     ///< in each round; 0: as many as take some 30 ms, 1000 at most
  int seconds = 20;  ///< no round begins after that, but for the least number of them
  int heap_mib = 0;  ///< memory that this process holds and has written to, as a server does
  bool json = false;
};

inline constexpr const char* kDefaultCommand = "/bin/echo hello";

/// The command as the module would prepare it for exec_avp, and what it needs.
struct BenchInputs {
  std::string text;
  TryInputs surroundings;  ///< programs, search path, environment
  TriedCommand command;    ///< prepared, without variables; its program is one of surroundings'

  /// Whether long-lived workers answer it.
  [[nodiscard]] bool is_pooled() const {
    return engine::way_of(command.program) == engine::Way::pool;
  }
};

/// The error says what can't be used: a definition, the command's text, or a variable in it.
[[nodiscard]] Result<std::unique_ptr<BenchInputs>> read_bench_inputs(const BenchOptions& options);

}  // namespace kamexec::tool
