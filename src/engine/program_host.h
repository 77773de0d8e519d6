// SPDX-License-Identifier: GPL-2.0-or-later
// What the processes of one host share of a named program.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "pool/pool_counters.h"
#include "process/shared_slots.h"
#include "program/programs.h"

namespace kamexec::engine {

/// Asked and told by the Executor of one process; what is behind it belongs to all of them. Nothing
/// here waits or throws.
class ProgramHost {
 public:
  virtual ~ProgramHost() = default;

  /// The slots that a process of the program takes, via=spawn.
  [[nodiscard]] virtual process::SharedSlots& slots() = 0;

  // via=pool; a call of via=service is told of, too:

  /// Grows when the operator wants all workers replaced.
  [[nodiscard]] virtual std::uint64_t generation() const = 0;
  /// A call that waits for its answer begins, and is over.
  virtual void call_began() = 0;
  virtual void call_ended() = 0;
  /// What the pool of this process has now.
  virtual void pool_changed(const pool::PoolGauges& gauges, const pool::PoolCounters& counters) = 0;
};

/// A call that is under way, while it is told of. @p host: nullptr for nobody.
class ToldCall {
 public:
  explicit ToldCall(ProgramHost* host) : host_(host) {
    if (host_ != nullptr) {
      host_->call_began();
    }
  }
  ~ToldCall() {
    if (host_ != nullptr) {
      host_->call_ended();
    }
  }
  ToldCall(const ToldCall&) = delete;
  ToldCall& operator=(const ToldCall&) = delete;

 private:
  ProgramHost* host_;
};

/// Makes one for a process; nullptr for a program that its processes share nothing of.
using ProgramHosts = std::function<std::unique_ptr<ProgramHost>(const program::Program&)>;

}  // namespace kamexec::engine
