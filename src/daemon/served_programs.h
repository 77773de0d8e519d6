// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that a daemon serves: one set for each time that its files were read, in which what
// didn't change is what it was before.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "command/prepared_command.h"
#include "daemon/access.h"
#include "daemon/call_figures.h"
#include "daemon/result_cache.h"
#include "program/programs.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {

struct Call;

/// A program as it is served, with what is kept for it.
struct ServedProgram {
  program::Program program;
  Access access;
  service::ProgramNotice notice;     ///< as clients were told last
  CallFigures calls;                 ///< since it is served under this definition
  std::optional<ResultCache> cache;  ///< of one whose answers are kept
  /// The runs that bring answers for the cache.
  std::unordered_map<ResultCache::FetchId, Call*> fetches;
  /// By the number of arguments: what a call with so many is made from. Filled by the calls.
  std::vector<std::unique_ptr<const command::PreparedCommand>> commands;
};

using ServedProgramPtr = std::shared_ptr<ServedProgram>;
using ServedPrograms = std::map<std::string, ServedProgramPtr, std::less<>>;

/// Calls of a program that can run at once on this host: processes, or workers.
[[nodiscard]] std::size_t most_at_once(const program::ProgramDefinition& definition);

/// The set that @p loaded makes: those whose definition, place and access are as in @p before are
/// the same objects. The error: who may call a program can't be found out; nothing has changed.
[[nodiscard]] Result<ServedPrograms> next_programs(const program::Programs& loaded,
                                                   const ServedPrograms& before);

}  // namespace kamexec::daemon
