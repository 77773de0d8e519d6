// SPDX-License-Identifier: GPL-2.0-or-later
// A worker that is a child of this process, on pipes.
//
// Pipes and not a socket pair: a round trip of 120 and 80 bytes took 3.0 µs (SIGPIPE held back
// around each write) against 4.0 µs with send(MSG_NOSIGNAL), and a worker can open /dev/stdin.
#pragma once

#include <memory>

#include "pool/worker_channel.h"
#include "process/process_tree.h"
#include "process/program_start.h"
#include "process/program_start_copy.h"
#include "process/tree_stop.h"

namespace kamexec::pool {

/// The worker is killed when the thread that started it ends (see spawn.h).
class LocalChannel final : public WorkerChannel {
 public:
  /// Starts the program. Without @p capture_error its standard error is ours.
  [[nodiscard]] static Result<std::unique_ptr<LocalChannel>> start_worker(
      const process::ProgramStart& program, bool capture_error);
  /// Kills the process group of a worker that still runs.
  ~LocalChannel() override;

  [[nodiscard]] pid_t pid() const override { return root_.child.pid; }
  [[nodiscard]] int fd(End end) const override { return at(end).get(); }
  void close(End end) override;
  [[nodiscard]] process::Transfer send(std::string_view bytes) override;
  [[nodiscard]] process::Transfer receive(char* buffer, std::size_t size) override;
  [[nodiscard]] process::ChildExit exit() override;
  [[nodiscard]] std::string kernels_reason() const override;
  void stop(const process::StopPolicy& policy, TimePoint now,
            process::ProcessTable& table) override;
  void proceed(TimePoint now, process::ProcessTable& table) override;
  [[nodiscard]] TimePoint wake_at() const override;
  [[nodiscard]] bool ended() const override { return ended_; }

 private:
  LocalChannel();

  void schedule_exit_check(TimePoint now);
  [[nodiscard]] UniqueFd& at(End end) { return ends_[static_cast<std::size_t>(end)]; }
  [[nodiscard]] const UniqueFd& at(End end) const { return ends_[static_cast<std::size_t>(end)]; }

  std::array<UniqueFd, 4> ends_;
  pid_t owner_;
  process::TreeRoot root_;
  process::TreeStop stop_;
  process::ChildExit exit_;
  TimePoint check_exit_at_ = kNoDeadline;
  bool ended_ = false;
};

/// Starts the same program again and again. Owns a copy of what it needs for that.
class LocalTransport final : public WorkerTransport {
 public:
  /// @p program: argv without a request's arguments, and the workers' environment.
  LocalTransport(const process::ProgramStart& program, bool capture_error)
      : program_(program, {}), capture_error_(capture_error) {}

  [[nodiscard]] Result<std::unique_ptr<WorkerChannel>> open() override;

 private:
  process::ProgramStartCopy program_;
  bool capture_error_;
};

}  // namespace kamexec::pool
