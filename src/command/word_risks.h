// SPDX-License-Identifier: GPL-2.0-or-later
// What quoting can't cure. The worst is looked for first, since a value is told of once.
#pragma once

#include "command/prepare_options.h"
#include "command/scan.h"
#include "command/warnings.h"

namespace kamexec::command {

/// Values that name a file, or may be read as an option or a number. @p appended: the value that is
/// the R-URI, which is no option; -1: none.
void find_word_risks(const Scan& scan, const PrepareOptions& options, int appended,
                     Warnings& warnings);

}  // namespace kamexec::command
