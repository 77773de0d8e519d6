// SPDX-License-Identifier: GPL-2.0-or-later
// A command's text of a configuration, split into fixed text and pseudo-variables as the server
// splits it, without a server.
#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "command/prepare.h"
#include "command/template.h"
#include "variables/known_variables.h"

namespace kamexec {

/// Splits @p text: the bytes between the quotes of a configuration, its escapes resolved. `$$`
/// becomes the fixed text `$`. A '$' that is no variable of @p modules is an error, as it is for
/// the server, with its place in @p text. Linear in the size of @p text.
[[nodiscard]] tl::expected<CommandTemplate, Finding> split_variables(
    std::string_view text, const KnownModules& modules = {});

}  // namespace kamexec
