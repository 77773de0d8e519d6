// SPDX-License-Identifier: GPL-2.0-or-later
// `control ID queue`: what an operator asks of the notifications on disk, read, and the JSON that
// answers it. docs/service-protocol.md, "The queue".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "stored/notification.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

struct QueueCommand {
  enum class Verb {
    list,    ///< one line each, without what was sent
    whole,   ///< "export" and "show": with all of it
    retry,   ///< due at once
    forget,  ///< "drop"
  };
  Verb verb = Verb::list;
  /// `whole` is as the verb wants it. `state` may be running, which no store knows.
  stored::Selection which;
};

/// Reads the arguments of the command. The error, in words, goes on from "queue: ".
[[nodiscard]] Result<QueueCommand> read_queue_command(std::span<const std::string_view> arguments);

/// Whose store has it.
enum class KeptBy { host, fleet };

/// One line of JSON, without its LF. @p running: its program runs at the moment. Bytes that are no
/// UTF-8 are {"base64": "…"}.
[[nodiscard]] std::string notification_json(const stored::StoredNotification& one, bool whole,
                                            bool running, stored::WallTime now,
                                            KeptBy by = KeptBy::host);
/// The last line of a list that is longer than was asked for: {"more_after": NUMBER}.
[[nodiscard]] std::string more_json(std::int64_t after);
/// {"changed": N}
[[nodiscard]] std::string changed_json(std::size_t count);

}  // namespace kamexec::daemon
