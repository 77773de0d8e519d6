// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/error.h"
#include "tool/try/trial.h"

namespace kamexec::tool {

/// The names of exec_avp's list, "$avp(a), $avp(s:b)", as the server separates them. The error: one
/// of them is no AVP.
[[nodiscard]] Result<std::vector<std::string>> read_avp_names(std::string_view list);

/// What the server would have done with the output of @p trial, which ran: its URIs, AVPs or
/// variables, and what it would have left out. Output that can't be used makes the outcome
/// "unusable", as there.
void apply_results(const TryOptions& options, const std::vector<std::string>& avps, Trial& trial);

}  // namespace kamexec::tool
