// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "tool/check/configuration.h"

namespace kamexec::tool::check {

struct ReadOptions {
  std::vector<std::string> defines;  ///< NAME or NAME=VALUE, as the server's -A
  bool follow_includes = true;       ///< false: the text has its includes in it already
  variables::ServerVersion version = variables::kNewestRelease;  ///< of the server that it is for
};

/// Reads the file @p path and what it includes. The error: that file itself can't be read.
/// Anything else that goes wrong is among the notes.
[[nodiscard]] Result<Configuration> read_configuration(const std::string& path,
                                                       const ReadOptions& options = {});

/// The same of a text; @p name is what it is called.
[[nodiscard]] Configuration read_configuration_text(std::string text, const std::string& name,
                                                    const ReadOptions& options = {});

}  // namespace kamexec::tool::check
