// SPDX-License-Identifier: GPL-2.0-or-later
// Which programs the configuration calls, and in which processes: their pools start ahead of the
// first call. What a script engine calls is not known beforehand; that starts with its first call.
#pragma once

#include "kamailio/state/state.h"
#include "program/programs.h"

namespace kamexec::module {

/// While the configuration loads.
void note_called(const program::Program& program, CalledBy by);

/// In a process of that kind, after the server forked: makes the pools of those programs and has
/// them start their first workers. Doesn't wait for them. A program that can't be used here is in
/// the log, and each call of it will tell.
void start_called_pools(CalledBy by);

}  // namespace kamexec::module
