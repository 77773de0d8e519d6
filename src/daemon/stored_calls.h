// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that are kept on disk until their program has run: those of clients, which are answered
// when they are there, and the attempts that follow. docs/architecture.md, "Stored notifications".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/arriving_calls.h"
#include "daemon/attempts.h"
#include "daemon/dispatcher.h"
#include "daemon/forwards.h"
#include "daemon/log.h"
#include "daemon/published_calls.h"
#include "daemon/queue_command.h"
#include "daemon/queue_operations.h"
#include "daemon/served_programs.h"
#include "daemon/status.h"
#include "engine/executor.h"
#include "process/run.h"
#include "service/client_messages.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

/// Used by the loop alone; never waits for the disk but in open().
class StoredCalls final : private DispatchActions {
 public:
  using Answer = ArrivingCalls::Answer;
  using KeepId = ArrivingCalls::KeepId;

  /// @p executor runs the attempts; it must outlive the use of this.
  explicit StoredCalls(engine::Executor& executor);
  ~StoredCalls() override;
  StoredCalls(const StoredCalls&) = delete;
  StoredCalls& operator=(const StoredCalls&) = delete;

  /// Whether @p directory has a store, with or without programs that are stored.
  [[nodiscard]] static bool has_store(const std::string& directory);
  /// Opens the store, or makes it. Once; the error names the file and a remedy.
  [[nodiscard]] Result<void> open(const std::string& directory);
  [[nodiscard]] bool is_open() const { return store_ != nullptr; }
  void set_log_calls(bool wanted) { log_calls_ = wanted; }
  /// Through which calls of programs with via=nats go to the fleet's store; nullptr: there is none,
  /// and they wait here. It must outlive the use of this.
  void set_publisher(fleet::NotePublisher* publisher);
  /// What the fleet's store has, for ask().
  void set_fleet_queue(QueueOperations::FindFleet find_fleet);
  /// The programs, from now on: attempts are made by these definitions.
  void serve(const ServedPrograms& programs);

  /// Keeps a call of @p program, which is stored, and answers once: ok with the id as its output
  /// when it is on disk, here or with via=nats at the fleet's, else why it isn't. 0: it has been
  /// answered; otherwise what cancel() takes until then. The answer comes from step() or settle().
  [[nodiscard]] KeepId keep(const ServedProgramPtr& program, const service::CallRequest& request,
                            TimePoint deadline, Answer answer);
  /// Nobody waits for the answer, which isn't called any more. It isn't kept, unless that can't be
  /// undone.
  void cancel(KeepId id);

  /// What an operator asks for; answers once, perhaps before it returns.
  void ask(QueueCommand command, Answer answer);

  // The loop's part.

  /// To be watched for reading, once it is open.
  [[nodiscard]] int fd() const { return store_->fd(); }
  /// Handles what the store has done.
  void step();
  /// Has the store begin with all that has come: after the events of a turn, so that calls which
  /// come together share a commit.
  void write();
  /// Begins what is to be run, and does what is due: after all that happens, and at wake_at().
  void settle();
  [[nodiscard]] TimePoint wake_at() const;

  /// Attempts that are under way.
  [[nodiscard]] std::size_t attempts() const { return dispatcher_.running(); }
  /// Begins no more attempts. Calls are still kept.
  void stop();
  /// Nothing of what was begun is under way any more: another daemon may begin attempts.
  void leave();

  /// Of a program that is stored, or of which something is on disk.
  [[nodiscard]] std::optional<StoredStatus> status_of(const std::string& program) const;
  /// Names of which something is on disk, and which no program has.
  [[nodiscard]] std::vector<OrphanStatus> orphans() const;
  [[nodiscard]] std::optional<StoreStatus> store_status() const;

 private:
  void begin(const stored::Notification& notification) override;
  void take(const std::string& program, std::size_t most, std::size_t most_bytes) override;
  void record(stored::Attempted what) override;
  void give_back(std::vector<std::string> ids) override;
  void died(const stored::Notification& notification, std::uint32_t attempts,
            const stored::LastAttempt& last) override;

  [[nodiscard]] std::optional<process::Outcome> refusal(const ServedProgram& program,
                                                        const service::CallRequest& request);
  void took(const std::string& program, Result<stored::Taken> what);
  void ended(const std::string& id, const process::RunResult& result);
  void forwarded(const std::string& id, const process::RunResult& result);
  void become_dispatcher(TimePoint now);
  void purge(TimePoint now);
  [[nodiscard]] const ServedProgram* stored_program(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> held(const std::string& program,
                                                const stored::Counts& counts) const;

  Attempts attempts_;
  Forwards forwards_;
  Dispatcher dispatcher_;
  ServedPrograms programs_;
  fleet::NotePublisher* publisher_ = nullptr;
  QueueOperations::FindFleet find_fleet_;
  std::minstd_rand chance_;
  TimePoint try_lock_at_ = kNoDeadline;
  TimePoint purge_at_ = kNoDeadline;
  bool stopping_ = false;
  bool log_calls_ = false;
  LimitedLog failures_;
  LimitedLog troubles_;
  // With the store:
  std::optional<QueueOperations> queue_;
  std::optional<ArrivingCalls> arriving_;
  std::optional<PublishedCalls> published_;
  /// The last member: it ends first, and calls nothing.
  std::unique_ptr<stored::StoreThread> store_;
};

}  // namespace kamexec::daemon
