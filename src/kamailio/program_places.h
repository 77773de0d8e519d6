// SPDX-License-Identifier: GPL-2.0-or-later
// How many processes of a named program run at once, in all processes of the server together.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "program/programs.h"

namespace kamexec {

/// The places of one program, in shared memory.
class ProgramPlaces {
 public:
  /// For all programs, before the server forks.
  [[nodiscard]] static Result<void> create(const Programs& programs);
  /// Of a program of create()'s.
  [[nodiscard]] static ProgramPlaces& of(const Program& program);

  /// Takes a place, waiting for one as the definition lets it and @p timeout at the longest (0: no
  /// limit). The error says why there is none.
  [[nodiscard]] Result<void> enter(const ProgramDefinition& program,
                                   std::chrono::milliseconds timeout);
  void leave() { running_.fetch_sub(1); }

 private:
  [[nodiscard]] bool try_enter(std::uint32_t most);

  std::atomic<std::uint32_t> running_{0};
  std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace kamexec
