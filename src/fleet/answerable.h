// SPDX-License-Identifier: GPL-2.0-or-later
// Whether an answer may be sent where a stranger's message wants it.
#pragma once

#include <string_view>

#include "fleet/subjects.h"

namespace kamexec::fleet {

/// An answer goes to an inbox. A subject of ours, or of the server's own ($JS, $SRV, $SYS), is
/// none: whoever may call a program, and nothing else, would have us send there what we may send.
[[nodiscard]] inline bool is_answerable(std::string_view reply, const Subjects& subjects) {
  const std::string_view prefix = subjects.prefix();
  const bool ours =
      reply.starts_with(prefix) && (reply.size() == prefix.size() || reply[prefix.size()] == '.');
  return !reply.empty() && !reply.starts_with('$') && !ours;
}

}  // namespace kamexec::fleet
