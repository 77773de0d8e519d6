// SPDX-License-Identifier: GPL-2.0-or-later
// What every program may read under sandbox=files: the system's own files, and none of its secrets.
#pragma once

#include <string>
#include <vector>

namespace kamexec::process {

struct SystemPaths {
  std::vector<std::string> run;    ///< files and directories: read and executed, with all below
  std::vector<std::string> read;   ///< read, with all below
  std::vector<std::string> write;  ///< devices without memory: read and written
};

/// Those of this machine: a path that isn't there may appear later. docs/reference/programs.md
/// lists them, and a test compares.
[[nodiscard]] SystemPaths system_paths();

}  // namespace kamexec::process
