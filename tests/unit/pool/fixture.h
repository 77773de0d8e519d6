// SPDX-License-Identifier: GPL-2.0-or-later
// What every test with workers needs: a pool of the test's own worker, short questions to it, and
// afterwards a look whether anything was left (the fixture of the process room does that).
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "../process/fixture.h"
#include "pool/pool.h"

namespace kamexec::pool {

using std::chrono::milliseconds;

class PoolTest : public process::ProcessTest {
 protected:
  void TearDown() override;

  /// Makes the pool: the test's worker, begun as @p way says (worker_program.cpp).
  Pool& make_pool(const PoolOptions& options = {}, const std::vector<std::string>& way = {"well"});
  /// A pool of any program: its path and its arguments.
  Pool& make_pool_of(const std::vector<std::string>& command, const PoolOptions& options = {});
  [[nodiscard]] Pool& pool() { return *pool_; }
  void end_pool() { pool_.reset(); }

  /// Asks for a behaviour of the worker, with arguments.
  process::RunResult ask(const std::vector<std::string>& arguments,
                         milliseconds timeout = process::kGenerous);
  [[nodiscard]] static WorkerRequest request_of(const std::vector<std::string_view>& arguments);
  /// The pid of the worker that answers now.
  [[nodiscard]] pid_t worker_pid();
  /// The pool answers, and what is asked for.
  void expect_right_answer();

  /// Outcomes add up to calls.
  void expect_sums();

 private:
  std::unique_ptr<Pool> pool_;
};

}  // namespace kamexec::pool
