// SPDX-License-Identifier: GPL-2.0-or-later
// How a configuration is checked: what the command line says, and the server that is installed.
#pragma once

#include <string>
#include <string_view>

#include "tool/check/read_configuration.h"

namespace kamexec::tool::check {

/// Who says for which version of Kamailio a configuration is read.
enum class VersionFrom {
  option,  ///< --kamailio
  server,  ///< the installed one
  newest,  ///< nobody: the newest release that is known
};
/// "option", "server", "newest".
[[nodiscard]] std::string_view name_of(VersionFrom from);

struct CheckOptions {
  ReadOptions reading;
  VersionFrom version_from = VersionFrom::newest;
  /// The server whose preprocessor is asked too; empty: none.
  std::string server;
  variables::ServerVersion server_version;  ///< what that one says; none: nothing
};

}  // namespace kamexec::tool::check
