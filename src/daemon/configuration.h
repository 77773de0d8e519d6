// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's files, read and compared with this machine: when it starts, when it is told to read
// them again, and for kamexecd --check.
#pragma once

#include <string>
#include <vector>

#include "daemon/daemon_settings.h"
#include "daemon/nats_settings.h"
#include "program/programs.h"

namespace kamexec::daemon {

/// Whether the calling process must have the rights to start the programs.
enum class Rights {
  checked,    ///< it is the one that will start them
  not_asked,  ///< it only says what is wrong with the files, perhaps as another user
};

/// What the files say. With mistakes it is not to be used.
struct Configuration {
  DaemonSettings settings;
  NatsSettings nats;
  program::Programs programs;  ///< resolved
  /// All that is wrong, each "FILE:LINE: program NAME: attribute: what: remedy" on one line.
  std::vector<std::string> mistakes;
  /// What this machine can't do and the files allow to be left out, in the same form.
  std::vector<std::string> warnings;
};

/// Reads @p paths (program::read_programs_path) and looks for what they name: programs, in the
/// process's PATH where they have no directory; directories, users, groups. Asks the system's name
/// service. @p nats_servers (read_nats_servers()), where there are any, are used instead of those
/// in the files.
[[nodiscard]] Configuration load_configuration(const std::vector<std::string>& paths,
                                               Rights rights = Rights::checked,
                                               const std::vector<std::string>& nats_servers = {});

}  // namespace kamexec::daemon
