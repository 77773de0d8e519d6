// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <spawn.h>
#include <sys/wait.h>

#include <csignal>

#include "fixture.h"

namespace kamexec::process {

/// A process that runs beside, started by the test itself: no part of any call.
class Bystander {
 public:
  explicit Bystander(const Arguments& environment, const char* behaviour = "never-read") {
    const std::string path = child_program();
    const Arguments argv({path, behaviour});
    EXPECT_EQ(::posix_spawn(&pid_, path.c_str(), nullptr, nullptr, argv.data(), environment.data()),
              0);
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;
  ~Bystander() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

}  // namespace kamexec::process
