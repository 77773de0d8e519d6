// SPDX-License-Identifier: GPL-2.0-or-later
// Which worker daemons there are: all of them are asked, and tell their figures (discovery.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "nats/link.h"

namespace kamexec::fleet {

/// Whether @p text is what a worker daemon answers to $SRV.STATS: an object in JSON that says so,
/// and isn't nested deeper than one that is made here. It comes from anybody who may send it.
[[nodiscard]] bool is_stats(std::string_view text);

/// Asks all daemons for $SRV.STATS.kamexec and gathers what comes within @p time: JSON of each as
/// it came, those that are none left out, up to 10,000 and 16 MiB. @p done is called once, by the
/// link's step() or by tick(); it gets nothing where NATS isn't connected.
class Census {
 public:
  using Done = std::function<void(std::vector<std::string>)>;

  /// @p link must outlive it. @p inbox: as in nats::LinkOptions, which says where this process may
  /// be answered.
  Census(nats::Link& link, std::string inbox);
  /// What was asked isn't answered any more.
  ~Census();
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;
  void ask(std::chrono::milliseconds time, Done done);
  /// When tick() is wanted.
  [[nodiscard]] TimePoint wake_at() const;
  void tick(TimePoint now);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet
