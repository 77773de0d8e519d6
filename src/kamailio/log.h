// SPDX-License-Identifier: GPL-2.0-or-later
// The server's log, for the C++ files of the module.
#pragma once

#include <string_view>

namespace kamexec {

void log_error(std::string_view line);
void log_warning(std::string_view line);
void log_info(std::string_view line);

}  // namespace kamexec
