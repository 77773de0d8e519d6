// SPDX-License-Identifier: GPL-2.0-or-later
// How a process of the server runs things: the engine's Executor with the server's settings, and
// with what its processes share of named programs.
#pragma once

#include <string_view>

#include "engine/executor.h"

namespace kamexec::module {

/// This process' one, made at its first use: after the server has forked.
[[nodiscard]] engine::Executor& server_executor();

/// The server's search path, or the system's usual one.
[[nodiscard]] std::string_view search_path();

}  // namespace kamexec::module
