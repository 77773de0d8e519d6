// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that are built at run time: who may run them, and what is said about it.
#pragma once

#include <string_view>

#include "kamailio/state/types.h"

namespace kamexec::module {

/// Whether a text is a named program's name and nothing else, as in "@lcr": whatever was pasted
/// into it, there is nothing in it but which of the operator's programs is to run.
[[nodiscard]] bool is_program_name_alone(std::string_view text);

/// Whether a text without values, from a script engine, may run. A program's name alone may. Of all
/// others it warns once for each distinct text of a process (a bounded number of them) with the
/// safe form; it logs an error where one is refused.
[[nodiscard]] bool kemi_text_allowed(KamexecFunction function, std::string_view text);

/// An error in the log: the call of @p function at @p place has a command that is built at run
/// time. It says what to write instead.
void log_dynamic_refused(KamexecFunction function, KamexecLocation place);

}  // namespace kamexec::module
