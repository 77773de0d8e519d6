// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon answers to `control queue`: docs/service-protocol.md. It comes in pages. It is
// read as carefully as what a stranger sends: it holds what callers have sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kamexec::tool {

/// Notifications, each an object with a string "id" at least.
using Notifications = std::vector<nlohmann::ordered_json>;

struct QueuePage {
  Notifications notifications;
  std::optional<std::int64_t> more_after;  ///< there are more, with numbers above it
};

/// Reads the answer to list, export or show. The error: it is something else.
[[nodiscard]] Result<QueuePage> read_queue_page(std::string_view answer);

/// Reads the answer to retry or drop: how many notifications were changed.
[[nodiscard]] Result<std::uint64_t> read_changed(std::string_view answer);

/// Asks the daemon: the arguments of `control queue`, the first of which says what to do.
using AskQueue = std::function<Result<std::string>(const std::vector<std::string>& arguments)>;

struct QueueQuestion {
  std::string verb;                  ///< "list" or "export"
  std::vector<std::string> filters;  ///< "program=billing", "state=dead"
  std::int64_t after = 0;
  std::size_t most = 0;  ///< notifications in all; 0: no limit
  std::size_t page = 1;  ///< notifications to ask for at once, 1 at least
};

/// Asks for one page after the other and gives each to @p take, until there are no more, or `most`
/// were given, or @p take fails. Gives the number after which there are more, if there are. The
/// error is the daemon's, or of an answer that is no page, or that leads back, or @p take's.
[[nodiscard]] Result<std::optional<std::int64_t>> ask_for_pages(
    const AskQueue& ask, const QueueQuestion& question,
    const std::function<Result<void>(Notifications)>& take);

/// @p json as one line, or set out over lines: all that is no printable ASCII is escaped, so that
/// it is harmless on a terminal.
[[nodiscard]] std::string harmless_json(const nlohmann::ordered_json& json, bool over_lines);

}  // namespace kamexec::tool
