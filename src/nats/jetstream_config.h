// SPDX-License-Identifier: GPL-2.0-or-later
// Streams and consumers as JetStream's JSON: what is asked for, and whether one that is there is
// the same.
#pragma once

#include <string>
#include <string_view>

#include "nats/jetstream_types.h"

namespace kamexec::nats {

/// The request that makes it.
[[nodiscard]] std::string stream_request(const StreamConfig& wanted);
[[nodiscard]] std::string consumer_request(std::string_view stream, const ConsumerConfig& wanted);

/// Reads an answer about it. StreamFault::differs, with each field and a remedy, where it is there
/// and isn't as @p wanted.
[[nodiscard]] StreamAnswer<StreamState> read_stream(std::string_view answer,
                                                    const StreamConfig& wanted);
[[nodiscard]] StreamAnswer<ConsumerState> read_consumer(std::string_view answer,
                                                        std::string_view stream,
                                                        const ConsumerConfig& wanted);

}  // namespace kamexec::nats
