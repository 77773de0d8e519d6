// SPDX-License-Identifier: GPL-2.0-or-later
// How many processes of a named program run and wait at once, in all processes of the server
// together.
#pragma once

#include <chrono>

#include <tl/expected.hpp>

#include "kamailio/programs/program_shared.h"
#include "process/outcome.h"
#include "process/shared_slots.h"

namespace kamexec {

/// One program's, as `max` and `queue` of its definition say. Each process has objects of its own;
/// what they count is shared.
class ProgramSlots : public SharedSlots {
 public:
  /// @p program: one of named_programs().
  explicit ProgramSlots(const Program& program)
      : program_(program.definition), shared_(ProgramShared::of(program)) {}

  [[nodiscard]] bool take() override;
  void give_back() override { shared_.running.fetch_sub(1); }
  [[nodiscard]] bool join_queue() override;
  void leave_queue() override { shared_.waiting.fetch_sub(1); }

  /// A place for a caller that waits: until one is free, as long as the definition lets it and @p
  /// timeout at the longest (0: no limit). The error is an outcome: refused, or deadline.
  [[nodiscard]] tl::expected<void, Outcome> take_within(std::chrono::milliseconds timeout);

 private:
  const ProgramDefinition& program_;
  ProgramShared& shared_;
};

/// A place that was taken, given back with it.
class HeldSlot {
 public:
  explicit HeldSlot(ProgramSlots& places) : places_(places) {}
  ~HeldSlot() { places_.give_back(); }
  HeldSlot(const HeldSlot&) = delete;
  HeldSlot& operator=(const HeldSlot&) = delete;

 private:
  ProgramSlots& places_;
};

}  // namespace kamexec
