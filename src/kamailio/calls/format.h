// SPDX-License-Identifier: GPL-2.0-or-later
// A text of the configuration with pseudo-variables in it, parsed by the host.
#pragma once

#include <memory>
#include <string>

#include "command/prepare.h"
#include "kamailio/host/host.h"

namespace kamexec::module {

struct FormatDeleter {
  void operator()(HostFormat* format) const { host_format_free(format); }
};
using Format = std::unique_ptr<HostFormat, FormatDeleter>;

/// One line for the log: where in @p what, which is "the command" and the like, and the remedy.
[[nodiscard]] std::string finding_text(const std::string& label, const char* what,
                                       const command::Finding& finding);

/// Parses @p text, which must live as long as the result. Empty where something in it is no
/// variable of the host's: then it is logged what, where, and what to write instead, in the words
/// of `kamexec check`; a module that is not loaded only for the first call that needs it. @p label:
/// for the message, the call with its place.
[[nodiscard]] Format parse_format(const std::string& label, const char* what, HostText text);

}  // namespace kamexec::module
