// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/error.h"
#include "tool/try/read_inputs.h"
#include "tool/try/trial.h"
#include "tool/try/try_options.h"

namespace kamexec::tool {

/// Prepares the call, makes what it is run with, runs it unless options.run is false, and reads its
/// output as the server would. The error: an input that can't be used, in words.
[[nodiscard]] Result<Trial> run_trial(const TryOptions& options, const TryInputs& inputs);

}  // namespace kamexec::tool
