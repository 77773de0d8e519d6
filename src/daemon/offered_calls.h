// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that come from other hosts, run as those of clients are.
#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>

#include "daemon/call_runner.h"
#include "daemon/served_programs.h"
#include "fleet/offers.h"

namespace kamexec::daemon {

/// Those of @p programs that other hosts may call: by their definition (offer), or where it says
/// nothing, @p by_default. Never one that is itself passed on to another host. Which users may call
/// it here (allow) says nothing of other hosts: the permissions of the NATS server do.
[[nodiscard]] ServedPrograms offered_programs(const ServedPrograms& programs, bool by_default);

/// What a call of a program has a use for.
[[nodiscard]] engine::Needs wants_of(const ServedProgram& program);

/// Used by the loop's thread alone.
class OfferedCalls final : public fleet::OfferedCalls {
 public:
  /// As fleet::Offers::answer().
  using Answer = std::function<void(fleet::OfferedCallId id, const process::RunResult& result,
                                    bool elsewhere)>;

  /// @p runner must outlive it, and end before it: what is under way answers by @p answer.
  OfferedCalls(CallRunner& runner, Answer answer);
  OfferedCalls(const OfferedCalls&) = delete;
  OfferedCalls& operator=(const OfferedCalls&) = delete;

  /// The programs that may be called from now on. What is under way goes on.
  void serve(ServedPrograms offered) { programs_ = std::move(offered); }
  [[nodiscard]] const ServedPrograms& programs() const { return programs_; }

  void on_call(fleet::OfferedCallId id, std::string_view program,
               const fleet::ReceivedCall& received, bool may_wait) override;
  void on_cancel(fleet::OfferedCallId id) override;

 private:
  void has_ended(fleet::OfferedCallId id, const process::RunResult& result);
  void refuse(fleet::OfferedCallId id, process::Outcome outcome);

  CallRunner& runner_;
  const Answer answer_;
  ServedPrograms programs_;
  std::unordered_map<fleet::OfferedCallId, CallNumber> calls_;  ///< that are under way
};

}  // namespace kamexec::daemon
