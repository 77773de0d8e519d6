// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "process/outcome.h"

namespace kamexec::module {

/// What $exec(...) shows: the last call of this process, until the next request begins.
struct LastCall {
  bool made = false;
  process::Outcome outcome;
  std::string error;  ///< standard error, as much as error_limit kept
};

}  // namespace kamexec::module
