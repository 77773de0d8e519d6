// SPDX-License-Identifier: GPL-2.0-or-later
// What is measured for a command: ours first, and what it is compared with.
#pragma once

#include <chrono>

#include "tool/bench/bench_inputs.h"
#include "tool/bench/subject.h"

namespace kamexec::tool {

/// A call that takes longer ends the measurement.
inline constexpr std::chrono::seconds kLongestCall{5};

/// Ways to run a command or a spawned program: as the module does, with a shell where it needs
/// none, as Kamailio's own module does, and the program by nothing but posix_spawn. Tries it once:
/// the error says how that failed. @p inputs must outlive the contest.
[[nodiscard]] Result<Contest> command_contest(const BenchInputs& inputs);

/// A pooled program's worker, and a bare round trip of the same bytes. Makes and asks the worker
/// once. To be called, and measured, on one processor (bare/one_processor.h).
[[nodiscard]] Result<Contest> pool_contest(const BenchInputs& inputs);

}  // namespace kamexec::tool
