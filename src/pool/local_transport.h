// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pool/worker_channel.h"
#include "process/program_start_copy.h"

namespace kamexec {

/// Starts the same program again and again. Owns a copy of what it needs for that.
class LocalTransport final : public WorkerTransport {
 public:
  /// @p program: argv without a request's arguments, and the workers' environment.
  LocalTransport(const ProgramStart& program, bool capture_error)
      : program_(program, {}), capture_error_(capture_error) {}

  [[nodiscard]] Result<std::unique_ptr<WorkerChannel>> open() override;

 private:
  ProgramStartCopy program_;
  bool capture_error_;
};

}  // namespace kamexec
