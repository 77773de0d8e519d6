// SPDX-License-Identifier: GPL-2.0-or-later
// What JetStream answers, read. Any bytes may come: whoever may write to the inbox can send them.
// What can't be read is StreamFault::unknown.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "nats/jetstream_types.h"
#include "nats/link.h"

namespace kamexec::nats {

/// Reads it into @p into, an object. Bounded: 16 MiB, and 16 deep. The error is the server's, too,
/// where it has answered with one.
[[nodiscard]] StreamAnswer<void> read_answer(std::string_view text, nlohmann::json& into);
[[nodiscard]] StreamTrouble unreadable(std::string_view what);

// Fields of an object; where one isn't there, or is something else, what stands for that.
[[nodiscard]] std::int64_t number_in(const nlohmann::json& object, const char* name,
                                     std::int64_t otherwise = 0);
[[nodiscard]] std::uint64_t count_in(const nlohmann::json& object, const char* name);
[[nodiscard]] std::string text_in(const nlohmann::json& object, const char* name);

[[nodiscard]] StreamAnswer<Published> read_published(std::string_view answer);
[[nodiscard]] StreamAnswer<StreamState> read_state(std::string_view answer);
[[nodiscard]] StreamState state_in(const nlohmann::json& answer);
[[nodiscard]] StreamAnswer<StreamMessage> read_message(std::string_view answer);
/// How many.
[[nodiscard]] StreamAnswer<std::uint64_t> read_purged(std::string_view answer);
[[nodiscard]] StreamAnswer<void> read_success(std::string_view answer);

/// A request that was not answered, or not sent.
[[nodiscard]] StreamTrouble trouble_of(const Trouble& trouble);

/// A time as Go writes it in UTC, "2026-01-31T23:59:59.123456789Z"; absent: it is none.
[[nodiscard]] std::optional<StreamTime> read_time(std::string_view text);

}  // namespace kamexec::nats
