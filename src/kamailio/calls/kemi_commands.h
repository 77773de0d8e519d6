// SPDX-License-Identifier: GPL-2.0-or-later
// Texts from script engines: with $1 ... $n prepared once and kept, as given each time anew.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kamailio/calls/command.h"

namespace kamexec::module {

/// A text with $1 ... $n, prepared; or why it can't be.
struct KemiCommand {
  std::unique_ptr<Command> command;  ///< nullptr: refused, the log has said why
  std::vector<unsigned> order;       ///< which value each variable takes, from 0
};

/// The prepared form of @p text, from a cache of this process that is bounded: a script's own texts
/// are few; one that is built with values in it gains nothing, and loses nothing either. Findings
/// are logged when a text is first seen. The reference lives until the next call.
[[nodiscard]] const KemiCommand& kemi_command(KamexecFunction function, std::string_view text);

}  // namespace kamexec::module
