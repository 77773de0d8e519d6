// SPDX-License-Identifier: GPL-2.0-or-later
// What this daemon says of itself when it is asked (ADR-32, "NATS micro-services": $SRV.PING, INFO
// and STATS).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fleet/offers.h"
#include "fleet/subjects.h"
#include "nats/link.h"

namespace kamexec::fleet {

/// What a daemon says of itself beside its offers.
struct Self {
  WorkerName name;
  std::string version;  ///< of kamexecd: 1.2.3
  std::string host;
  std::chrono::system_clock::time_point started{};
  /// By program: how many run, how many wait, how many can run; and which version of the program it
  /// is, if its definition says so.
  struct Load {
    std::string program;
    std::size_t running = 0;
    std::size_t queued = 0;
    std::size_t most = 0;
    std::string program_version;
  };
  std::vector<Load> load;
};

/// Answers who asks. As of ADR-32 one service "kamexec" whose endpoints are the programs, so that
/// `nats micro` lists it. Not while it drains.
class Discovery {
 public:
  /// @p link and @p offers must outlive it; @p self is called for each answer.
  Discovery(nats::Link& link, const Subjects& subjects, const Offers& offers,
            std::function<Self()> self);
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet
