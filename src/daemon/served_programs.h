// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that a daemon serves: one set for each time that its files were read, in which what
// didn't change is what it was before.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "command/prepared_command.h"
#include "daemon/access.h"
#include "program/programs.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {

/// Of one program, since it is served under its definition.
struct ProgramCounters {
  std::array<std::uint64_t, 6> outcomes{};  ///< by process::Cause
  std::chrono::microseconds time{0};        ///< of all calls that are over

  [[nodiscard]] std::uint64_t calls() const;
};

/// Immutable but for what is counted, and told to clients.
struct ServedProgram {
  program::Program program;
  Access access;
  service::ProgramNotice notice;  ///< as clients were told last
  ProgramCounters counters;
  /// By the number of arguments: what a call with so many is made from. Filled by the calls.
  std::vector<std::unique_ptr<const command::PreparedCommand>> commands;
};

using ServedProgramPtr = std::shared_ptr<ServedProgram>;
using ServedPrograms = std::map<std::string, ServedProgramPtr, std::less<>>;

/// The set that @p loaded makes: those whose definition, place and access are as in @p before are
/// the same objects. The error: who may call a program can't be found out; nothing has changed.
[[nodiscard]] Result<ServedPrograms> next_programs(const program::Programs& loaded,
                                                   const ServedPrograms& before);

}  // namespace kamexec::daemon
