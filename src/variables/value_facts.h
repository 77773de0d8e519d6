// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "command/prepare.h"

namespace kamexec::variables {

/// What is known of a pseudo-variable's value, by its name as a configuration writes it ("$si",
/// "$(rU{s.int})"): for PrepareOptions::facts_of. A caller's is whatever is not certain to be the
/// server's or the operator's own, or to hold nothing but digits or a sum.
[[nodiscard]] command::ValueFacts value_facts(std::string_view variable);

/// What of a caller's a call finds on standard input, for PrepareOptions::input; empty: nothing.
/// @p function: "exec_msg", "exec_run_async"; @p input: exec_run's second parameter as written.
[[nodiscard]] std::string callers_input(std::string_view function, std::string_view input);

/// Whether a call of @p function finds SIP_* in its environment where setvars is on.
[[nodiscard]] bool has_message_variables(std::string_view function);

}  // namespace kamexec::variables
