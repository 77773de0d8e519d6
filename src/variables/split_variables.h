// SPDX-License-Identifier: GPL-2.0-or-later
// A command's text of a configuration, split into fixed text and pseudo-variables as the server
// splits it, without a server.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "command/prepare.h"
#include "command/template.h"
#include "variables/known_variables.h"

namespace kamexec::variables {

struct VariableFinding {
  command::Finding finding;
  /// The variable is one of this module, which is not loaded; nothing else is known to be wrong.
  std::string missing_module;
};

/// What is wrong with the variable whose '$' stands at @p offset of @p text, as the server sees it.
[[nodiscard]] std::optional<VariableFinding> find_variable_problem(std::string_view text,
                                                                   std::size_t offset,
                                                                   const KnownModules& modules);

/// Splits @p text: the bytes between the quotes of a configuration, its escapes resolved. `$$`
/// becomes the fixed text `$`. A '$' that is no variable of @p modules is an error, as it is for
/// the server, with its place in @p text. With @p missing, a variable whose module is not loaded is
/// added to it instead and taken for one. Linear in the size of @p text.
[[nodiscard]] tl::expected<command::CommandTemplate, command::Finding> split_variables(
    std::string_view text, const KnownModules& modules = {},
    std::vector<VariableFinding>* missing = nullptr);

}  // namespace kamexec::variables
