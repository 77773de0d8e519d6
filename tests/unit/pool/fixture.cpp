// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <sys/wait.h>

#include <cerrno>

#include "process/deferred_reap.h"

namespace kamexec::pool {

void PoolTest::TearDown() {
  if (pool_) {
    expect_sums();
  }
  end_pool();
  EXPECT_TRUE(process::eventually([] {
    process::reap_deferred();
    return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
  }));
  process::ProcessTest::TearDown();
}

Pool& PoolTest::make_pool(const PoolOptions& options, const std::vector<std::string>& way) {
  std::vector<std::string> command{process::child_program()};
  command.insert(command.end(), way.begin(), way.end());
  return make_pool_of(command, options);
}

Pool& PoolTest::make_pool_of(const std::vector<std::string>& command, const PoolOptions& options) {
  const process::Arguments argv(command);
  process::ProgramStart start;
  start.program = argv.data()[0];
  start.argv = argv.data();
  start.environment = environment().data();
  pool_ = *Pool::create(options, start);
  return *pool_;
}

WorkerRequest PoolTest::request_of(const std::vector<std::string_view>& arguments) {
  WorkerRequest request;
  request.call = "run";
  request.arguments = arguments;
  return request;
}

process::RunResult PoolTest::ask(const std::vector<std::string>& arguments, milliseconds timeout) {
  const std::vector<std::string_view> views(arguments.begin(), arguments.end());
  return pool().call(request_of(views), timeout);
}

pid_t PoolTest::worker_pid() {
  const process::RunResult result = ask({"pid"});
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  return static_cast<pid_t>(std::atol(result.output.c_str()));
}

void PoolTest::expect_right_answer() {
  static int counter = 0;
  const std::string unique = "question " + std::to_string(++counter);
  const process::RunResult result = ask({"echo", unique});
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  EXPECT_EQ(result.output, "echo\n" + unique + "\n");
}

void PoolTest::expect_sums() {
  const PoolCounters& c = pool().counters();
  EXPECT_EQ(c.calls, c.ok + c.nonzero_exit + c.deadline + c.not_started + c.refused + c.unusable);
}

}  // namespace kamexec::pool
