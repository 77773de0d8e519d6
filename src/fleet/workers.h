// SPDX-License-Identifier: GPL-2.0-or-later
// The worker daemons that have answered lately, of each program: who is asked a second time. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/invocation.h"
#include "fleet/answer_message.h"

namespace kamexec::fleet {

/// Not thread-safe. Bounded: kMost of a program, the oldest goes first.
class Workers {
 public:
  static constexpr std::size_t kMost = 256;
  /// One that has not answered for so long isn't asked directly.
  static constexpr std::chrono::seconds kLately{10};

  /// Somebody has answered a call of @p program: has run it, or (@p refused) has no room.
  void answered(std::string_view program, const Answer& answer, bool refused, TimePoint now);
  /// It is gone, or doesn't answer: not to be asked until it answers again.
  void failed(std::string_view program, std::string_view worker);

  /// Which of them may be chosen.
  enum class Among {
    free,  ///< that haven't refused since they answered
    all,   ///< full ones too: they aren't silent
  };
  /// The one for a second try: has answered most recently, is @p among those, isn't in @p tried;
  /// those of @p zone (empty: any) first. Empty: none is known.
  [[nodiscard]] std::string_view choose(std::string_view program, std::string_view zone,
                                        std::span<const std::string> tried, TimePoint now,
                                        Among among = Among::free) const;

  /// Whether @p worker has answered a call of @p program at @p time or later: it isn't silent.
  [[nodiscard]] bool has_answered_since(std::string_view program, std::string_view worker,
                                        TimePoint time) const;

  /// What is of use to @p program, as its workers have said lately: all that one of them wants.
  /// Absent: nothing is known.
  [[nodiscard]] std::optional<engine::Needs> needs(std::string_view program, TimePoint now) const;

  struct Known {
    std::string id;  ///< empty: all that have none, together
    std::string zone;
    TimePoint answered{};  ///< last
    bool refused = false;
    bool failed = false;      ///< since it has answered
    std::uint64_t calls = 0;  ///< that it has answered us, and not refused
    engine::Needs wants{};
  };
  /// For whoever shows it.
  [[nodiscard]] std::vector<Known> known(std::string_view program) const;

 private:
  [[nodiscard]] static Known& entry(std::vector<Known>& all, std::string_view id);

  std::map<std::string, std::vector<Known>, std::less<>> programs_;
};

}  // namespace kamexec::fleet
