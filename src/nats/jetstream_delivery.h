// SPDX-License-Identifier: GPL-2.0-or-later
// What comes to where messages were pulled: messages of a consumer, and the ends of pulls.
#pragma once

#include <optional>
#include <string_view>

#include "nats/jetstream_types.h"
#include "nats/link.h"

namespace kamexec::nats {

/// Absent: @p message isn't one that this consumer has delivered. It may be a stranger's, who wants
/// us to publish to its reply subject.
[[nodiscard]] std::optional<Delivery> delivery_of(const Incoming& message, std::string_view stream,
                                                  std::string_view consumer);
/// Absent: it is no such end.
[[nodiscard]] std::optional<PullEnd> pull_end_of(const Incoming& message);

}  // namespace kamexec::nats
