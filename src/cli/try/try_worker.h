// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/try/read_inputs.h"
#include "cli/try/trial.h"
#include "engine/run_command.h"
#include "program/programs.h"

namespace kamexec {

/// Starts one worker of @p program, asks it with the arguments in @p buffers.argv, and puts outcome
/// and conversation into @p trial. @p buffers.environment holds the request's variables.
void ask_worker(const Program& program, const TryInputs& inputs, CallBuffers& buffers,
                Trial& trial);

}  // namespace kamexec
