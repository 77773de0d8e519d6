// SPDX-License-Identifier: GPL-2.0-or-later
// Which daemons there are: what this one says of itself when it is asked (ADR-32, "NATS
// micro-services": $SRV.PING, INFO and STATS), and asking all of them.
#pragma once

#include <chrono>
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

/// Asks all daemons for $SRV.STATS.kamexec and gathers what comes within @p time: JSON of each as
/// it came, those that are none left out, up to 10,000 and 16 MiB. @p done is called once, by the
/// link's step() or by tick(); it gets nothing where NATS isn't connected.
class Census {
 public:
  explicit Census(nats::Link& link);
  ~Census();
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;
  void ask(std::chrono::milliseconds time, std::function<void(std::vector<std::string>)> done);
  /// When tick() is wanted.
  [[nodiscard]] TimePoint wake_at() const;
  void tick(TimePoint now);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet
