// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"

namespace kamexec {

void add_check_command(CLI::App& app, int& status) {
  static_cast<void>(app);
  static_cast<void>(status);
}

}  // namespace kamexec
