// SPDX-License-Identifier: GPL-2.0-or-later
// The call of a program by its name: `@lcr $rU "two words"`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "command/prepare.h"
#include "command/prepared_command.h"
#include "command/template.h"

namespace kamexec::program {

/// Immutable once made; may be shared by threads and forked processes.
struct ProgramCall {
  std::string program;  ///< the name behind the '@'; whether there is such a program is the
                        ///< registry's to say
  std::vector<command::Word> words;  ///< the arguments
  std::size_t value_count = 0;
  std::string text;  ///< as written, for messages
};

/// Whether a command is such a call: its first byte other than blanks is '@', outside of quotes.
[[nodiscard]] bool is_program_call(const command::CommandTemplate& text);

/// The name that such a call of the configuration begins with; empty where @p text is none, or the
/// name can't be one. As the text is written: variables in it are not looked at.
[[nodiscard]] std::string_view called_name(std::string_view text);

/// Reads a call. Words stand between blanks; '…', "…" and a backslash hold them together as in a
/// shell's plain words. A variable is one argument, or part of one, whatever it holds, an empty one
/// too. There is no shell: what one would not take as it stands (an operator, an expansion, a
/// pattern, a comment) must be quoted, so that a command which was moved here from a shell never
/// changes its meaning unseen.
/// Pure. The error is a Finding with its place in the text.
[[nodiscard]] tl::expected<ProgramCall, command::Finding> read_program_call(
    const command::CommandTemplate& text);

}  // namespace kamexec::program
