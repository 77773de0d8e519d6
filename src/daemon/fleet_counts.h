// SPDX-License-Identifier: GPL-2.0-or-later
// How many calls lie in the fleet's store, and for how long: asked of the server now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "fleet/subjects.h"
#include "nats/jetstream.h"

namespace kamexec::daemon {

/// As the server has said it last.
struct FleetCounts {
  struct OfProgram {
    std::uint64_t waiting = 0;  ///< those that run are among them
    std::uint64_t dead = 0;
  };
  std::map<std::string, OfProgram> programs;  ///< those of which something is there
  /// When the oldest of those that wait was put there. Absent: none waits.
  std::optional<nats::StreamTime> oldest;
  bool known = false;
};

/// Used by the loop's thread alone; nothing waits.
class FleetCounter {
 public:
  static constexpr std::chrono::milliseconds kInterval{2'000};

  /// @p streams must outlive it.
  FleetCounter(nats::JetStream& streams, const fleet::Subjects& subjects);

  /// Asks, when it is time. At wake_at(), while the streams are ready.
  void tick(TimePoint now);
  [[nodiscard]] TimePoint wake_at() const;
  [[nodiscard]] const FleetCounts& counts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::daemon
