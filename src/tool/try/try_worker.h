// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/run_command.h"
#include "program/programs.h"
#include "tool/try/read_inputs.h"
#include "tool/try/trial.h"

namespace kamexec {

/// Starts one worker of @p program, asks it with the arguments in @p buffers.argv, and puts outcome
/// and conversation into @p trial. @p buffers.environment holds the request's variables.
void ask_worker(const Program& program, const TryInputs& inputs, CallBuffers& buffers,
                Trial& trial);

}  // namespace kamexec
