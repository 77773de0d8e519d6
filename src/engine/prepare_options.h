// SPDX-License-Identifier: GPL-2.0-or-later
// What prepare() is told of a command: the same in the module and in every command of the tool, so
// that they say the same of a text.
#pragma once

#include <string_view>

#include "command/prepare.h"
#include "command/template.h"

namespace kamexec {

/// Where programs are looked for: @p path, a PATH, or the system's usual one where that is empty.
[[nodiscard]] std::string_view search_path_of(std::string_view path);

/// @p adds_uri: the R-URI is one more argument, as for exec_dset. @p search_path:
/// search_path_of()'s, which must outlive the options.
[[nodiscard]] PrepareOptions prepare_options(bool adds_uri, std::string_view search_path);

/// prepare() of a text of a configuration, with what is worth a look at files: a warning for each
/// program in it, behind a shell too, whose interpreter is missing.
[[nodiscard]] Preparation prepare_to_load(const CommandTemplate& text,
                                          const PrepareOptions& options);

}  // namespace kamexec
