// SPDX-License-Identifier: GPL-2.0-or-later
// The conversation of compare.py with a program that measures for it.
#pragma once

#include <cstddef>
#include <functional>

#include "base/error.h"

namespace kamexec {

/// Standard input as a stream that no program inherits; what they do inherit is /dev/null.
/// Reads numbers from it, one on a line, and makes for each so many calls, one after another; then
/// prints a line: how long they took together, in nanoseconds, and what the last one gave, a number
/// of bytes. Stays between two numbers, warm as a server is. Gives the exit status: 0 at the end of
/// the input, 1 where a call failed, 2 for a number that is none.
int repeat_as_told(const char* program, const std::function<Result<std::size_t>()>& call);

/// The same where calls are made at the same time: @p make makes as many as it is given, and comes
/// back when all are over.
int repeat_together_as_told(const char* program,
                            const std::function<Result<std::size_t>(long)>& make);

}  // namespace kamexec
