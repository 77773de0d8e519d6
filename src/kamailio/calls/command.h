// SPDX-License-Identifier: GPL-2.0-or-later
// A function's command parameter: the prepared text, and where its values come from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/prepared_command.h"
#include "command/template.h"
#include "kamailio/calls/format.h"
#include "kamailio/state/types.h"
#include "kamailio/state/values.h"
#include "program/programs.h"

namespace kamexec::module {

/// What a call runs. Immutable once loaded.
struct Command {
  KamexecFunction function = KAMEXEC_CMD;
  std::string label;  ///< for messages: exec_avp("…") at FILE:LINE
  /// The text is one variable and nothing else: prepared anew for each call, where that is allowed.
  bool is_whole_value = false;
  command::PreparedCommand prepared;
  const program::Program* program = nullptr;  ///< @name …; prepared holds its arguments then
  /// Where the configuration doesn't define it: program is this one, which the service is asked
  /// for.
  std::unique_ptr<const program::Program> asked;
  Format format;                            ///< empty: no variables
  std::vector<std::size_t> variable_parts;  ///< of format, in the order of the values

  /// The values of the variables for one message, in order; what exec_dset adds comes after them.
  void evaluate(HostMessage* message, Values& into) const;
};

/// The prepared form of text that has been split already, with every finding logged; nullptr after
/// an error. @p text is for messages; @p input names what of a caller's comes on standard input,
/// empty: nothing.
[[nodiscard]] std::unique_ptr<Command> command_from_parts(KamexecFunction function,
                                                          std::string_view text,
                                                          const command::CommandTemplate& parts,
                                                          std::string_view input,
                                                          KamexecLocation place);

/// The same of a configuration's text, which the system's shell is asked about too.
[[nodiscard]] std::unique_ptr<Command> load_command(KamexecFunction function, HostText text,
                                                    HostText input, KamexecLocation place);

/// A text without variables that runs as it is, `@name words` as the call of a program; the host's
/// own checks are the caller's. Nothing is logged but errors that make it impossible to run.
/// nullptr after one.
[[nodiscard]] std::unique_ptr<Command> command_as_given(KamexecFunction function,
                                                        std::string_view text);

/// exec_avp("text") at FILE:LINE, the text shortened and printable.
[[nodiscard]] std::string label_of(KamexecFunction function, std::string_view text,
                                   KamexecLocation place);

}  // namespace kamexec::module

/// The C side's name of it.
struct KamexecCommand {
  std::unique_ptr<kamexec::module::Command> command;
};
