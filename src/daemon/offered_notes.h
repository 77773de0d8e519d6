// SPDX-License-Identifier: GPL-2.0-or-later
// Notes of the fleet whose programs run here: those of programs that are offered and stored.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/attempts.h"
#include "daemon/log.h"
#include "daemon/served_programs.h"
#include "engine/executor.h"
#include "fleet/note_worker.h"

namespace kamexec::daemon {

/// How often at once, and when again: as the definition of @p served says of its attempts.
[[nodiscard]] fleet::NoteRule note_rule_of(const ServedProgram& served);

/// Used by the loop's thread alone.
class OfferedNotes final : public fleet::NoteCalls {
 public:
  /// As fleet::NoteWorker::ended().
  using Ended = std::function<void(fleet::NoteId id, const fleet::NoteEnd& end)>;

  /// @p executor must end what it runs before this ends.
  OfferedNotes(engine::Executor& executor, Ended ended);
  OfferedNotes(const OfferedNotes&) = delete;
  OfferedNotes& operator=(const OfferedNotes&) = delete;

  /// Those of @p offered that are stored, from now on. Gives their rules.
  [[nodiscard]] std::vector<fleet::NoteRule> serve(const ServedPrograms& offered);

  void on_note(fleet::NoteId id, std::string_view program, const fleet::ReceivedCall& received,
               std::uint32_t attempt) override;
  void on_dead(std::string_view program, std::string_view call_id, std::string_view why) override;

  /// Tells of those that were over at once.
  void deliver() { attempts_.deliver(); }
  [[nodiscard]] bool has_more() const { return attempts_.has_more(); }

 private:
  void has_run(const std::string& key, const process::RunResult& result);

  Attempts attempts_;
  const Ended ended_;
  ServedPrograms programs_;
  std::unordered_map<fleet::NoteId, std::string> running_;  ///< as the log calls them
  LimitedLog failures_;
};

}  // namespace kamexec::daemon
