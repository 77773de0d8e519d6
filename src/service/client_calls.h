// SPDX-License-Identifier: GPL-2.0-or-later
// What a Client knows of its calls. Used by the Client's own files alone.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "service/client.h"

namespace kamexec::service {

/// Connections that only replies are awaited from. The daemon replaces one at a time, within its
/// drain time: more of them are no daemon's in good order.
inline constexpr std::size_t kMostDraining = 16;

/// The number that an id of ours stands for.
[[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view id);

/// What @p make gives; without its words where there is no memory for them.
template <typename Make>
process::Outcome outcome_of(process::Cause cause, Make make) noexcept {
  try {
    return make();
  } catch (const std::exception&) {
    return process::Outcome::short_of_memory(cause);
  }
}

/// What is known of a call on its way.
struct Client::Call {
  CallLimit limit;
  bool first_timeout = false;    ///< its deadline is a guess until the daemon tells the time-out
  bool sent = false;             ///< to its last byte
  bool moved = false;            ///< it is on its second connection
  std::uint64_t connection = 0;  ///< that it was sent over
};

/// One that submit() took. Its key is twice its id.
struct Client::Job : process::TableJob, Call {
  std::string program;
};

/// The one that run() waits for.
struct Client::WaitedFor : Call {
  Key key = 0;
  std::string_view program;
  TimePoint requested{};
  TimePoint deadline = kNoDeadline;
  process::RunResult* result = nullptr;
  bool over = false;
};

}  // namespace kamexec::service
