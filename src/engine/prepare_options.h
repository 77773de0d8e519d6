// SPDX-License-Identifier: GPL-2.0-or-later
// What prepare() is told of a command: the same in the module and in every command of the tool, so
// that they say the same of a text.
#pragma once

#include <string_view>

#include "command/prepare.h"
#include "command/template.h"

namespace kamexec::engine {

/// Where programs are looked for: @p path, a PATH, or the system's usual one where that is empty.
[[nodiscard]] std::string_view search_path_of(std::string_view path);

/// A call as its text is prepared for. All of it must outlive the options.
struct CallToPrepare {
  std::string_view function;     ///< "exec_dset_async": what it adds, and hands over
  std::string_view search_path;  ///< search_path_of()'s
  std::string_view input = {};   ///< callers_input()'s
  bool set_variables = true;     ///< setvars
  command::InterpretedValues interpreted = command::InterpretedValues::refuse;
  const command::AddedPrograms* interpreters = nullptr;
};
[[nodiscard]] command::PrepareOptions prepare_options(const CallToPrepare& call);

/// prepare() of a text of a configuration, with what is worth a look at files: a warning for each
/// program in it, behind a shell too, whose interpreter is missing.
[[nodiscard]] command::Preparation prepare_to_load(const command::CommandTemplate& text,
                                                   const command::PrepareOptions& options);

}  // namespace kamexec::engine
