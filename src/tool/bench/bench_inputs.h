// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "tool/bench/bench_options.h"
#include "tool/try/command_of.h"
#include "tool/try/read_inputs.h"

namespace kamexec {

inline constexpr const char* kDefaultCommand = "/bin/echo hello";

/// The command as the module would prepare it for exec_avp, and what it needs.
struct BenchInputs {
  std::string text;
  TryInputs surroundings;  ///< programs, search path, environment
  TriedCommand command;    ///< prepared, without variables; its program is one of surroundings'

  /// Whether long-lived workers answer it.
  [[nodiscard]] bool is_pooled() const {
    return command.program != nullptr && command.program->definition.via == Via::pool;
  }
};

/// The error says what can't be used: a definition, the command's text, or a variable in it.
[[nodiscard]] Result<std::unique_ptr<BenchInputs>> read_bench_inputs(const BenchOptions& options);

}  // namespace kamexec
