// SPDX-License-Identifier: GPL-2.0-or-later
// How long a command may take while a transaction waits for it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace kamexec::module {

/// Milliseconds: until the command is told to end, and from then until it is killed.
struct CommandTime {
  std::int64_t timeout = 0;
  std::int64_t grace = 0;
};

/// @p wanted (timeout 0: none) shortened so that the command has ended, and its route can still
/// answer, before @p left milliseconds are over: then tm gives the transaction up. A quarter of
/// them at most goes to the grace, and another to the answer.
[[nodiscard]] inline CommandTime time_within(std::int64_t left, CommandTime wanted) {
  constexpr std::int64_t kForAnswer = 500;
  const std::int64_t part = std::max<std::int64_t>(left / 4, 0);
  CommandTime time;
  time.grace = std::min(wanted.grace, part);
  const std::int64_t longest =
      std::max<std::int64_t>(left - time.grace - std::min(kForAnswer, part), 1);
  time.timeout = wanted.timeout == 0 ? longest : std::min(wanted.timeout, longest);
  return time;
}

}  // namespace kamexec::module
