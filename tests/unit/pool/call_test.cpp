// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that go well, or are answered with a no.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fixture.h"

namespace kamexec::pool {
namespace {

using ::testing::HasSubstr;

class PoolCall : public PoolTest {};

TEST_F(PoolCall, SaysWhatAProgramRunOnceWouldHaveSaid) {
  make_pool();
  const process::RunResult result = ask({"echo", "sip:a@b", "two words"});
  EXPECT_EQ(result.outcome.cause, process::Cause::ok);
  EXPECT_EQ(result.outcome.exit_status, 0);
  EXPECT_EQ(result.outcome.signal, 0);
  EXPECT_GT(result.outcome.pid, 0);
  EXPECT_GT(result.outcome.duration.count(), 0);
  EXPECT_EQ(result.outcome.detail, "");
  EXPECT_EQ(result.output, "echo\nsip:a@b\ntwo words\n");
}

TEST_F(PoolCall, KeepsTheWorker) {
  make_pool();
  const pid_t first = worker_pid();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(worker_pid(), first);
  }
  EXPECT_EQ(pool().counters().started, 1u);
  EXPECT_EQ(pool().gauges().idle, 1u);
}

TEST_F(PoolCall, TellsANoWithItsOutput) {
  make_pool();
  const pid_t pid = worker_pid();
  const process::RunResult result = ask({"no", "3"});
  EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit);
  EXPECT_EQ(result.outcome.exit_status, 3);
  EXPECT_EQ(result.output, "no route\n");
  EXPECT_EQ(worker_pid(), pid);
}

TEST_F(PoolCall, TellsAFailureFromANoAndKeepsTheWorker) {
  make_pool();
  const pid_t pid = worker_pid();
  const process::RunResult result = ask({"error"});
  EXPECT_EQ(result.outcome.cause, process::Cause::unusable);
  EXPECT_EQ(result.outcome.detail, "the worker says: database is away");
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(worker_pid(), pid);
}

TEST_F(PoolCall, CarriesEveryByteBothWays) {
  make_pool();
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  // What the worker gets escaped it gives back escaped.
  const process::RunResult result = ask({"echo", all, "", "end 0123456789abcdef", "a\nend\nreply"});
  EXPECT_EQ(result.output, "echo\n" + all + "\n\nend 0123456789abcdef\na\nend\nreply\n");
}

TEST_F(PoolCall, CarriesMoreThanPipesHold) {
  make_pool();
  const std::string large(700'000, 'x');
  const process::RunResult result = ask({"echo", large});
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
  EXPECT_EQ(result.output.size(), large.size() + 6);
  expect_right_answer();
}

TEST_F(PoolCall, SendsWhatTheHelloAsksFor) {
  make_pool({}, {"wants", "uri env message"});
  std::string variable = "SIP_RURI=sip:a@b";
  std::vector<char*> environment{variable.data(), nullptr};
  const std::vector<std::string_view> arguments{"fields"};
  WorkerRequest request = request_of(arguments);
  request.uri = "sip:49@x";
  request.environment = environment.data();
  request.message = "OPTIONS sip:a@b SIP/2.0\r\n\r\n";
  EXPECT_EQ(pool().wants(), (Wants{true, true, true})) << "all, while nothing is known";
  EXPECT_EQ(pool().call(request, process::kGenerous).output,
            "arg fields\nuri sip:49@x\nenv SIP_RURI=sip:a@b\n"
            "message OPTIONS sip:a@b SIP/2.0\r\n\r\n\n");
}

TEST_F(PoolCall, SendsNoMoreThanIsAskedFor) {
  make_pool();
  const std::vector<std::string_view> arguments{"fields"};
  WorkerRequest request = request_of(arguments);
  request.uri = "sip:49@x";
  request.message = "OPTIONS";
  EXPECT_EQ(pool().call(request, process::kGenerous).output, "arg fields\n");
  EXPECT_EQ(pool().wants(), (Wants{}));
}

TEST_F(PoolCall, SendsWhatTheOperatorWantsSent) {
  PoolOptions options;
  options.always_send.uri = true;
  make_pool(options);
  const std::vector<std::string_view> arguments{"fields"};
  WorkerRequest request = request_of(arguments);
  request.uri = "sip:49@x";
  EXPECT_EQ(pool().call(request, process::kGenerous).output, "arg fields\nuri sip:49@x\n");
  EXPECT_EQ(pool().wants(), (Wants{true, false, false}));
}

TEST_F(PoolCall, TellsTheTimeLeft) {
  make_pool();
  expect_right_answer();
  const std::string with_deadline = ask({"first"}, milliseconds(15'000)).output;
  int left = 0;
  ASSERT_EQ(std::sscanf(with_deadline.c_str(), " run %d", &left), 1) << with_deadline;
  EXPECT_GT(left, 0);
  EXPECT_LE(left, 15'000);
  EXPECT_EQ(ask({"first"}, milliseconds(0)).output, " run 0\n");
}

TEST_F(PoolCall, HandsOnStandardError) {
  make_pool();
  const process::RunResult result = ask({"stderr", "1"});
  EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit);
  EXPECT_EQ(result.error, "something odd\n");
  EXPECT_EQ(ask({"echo"}).error, "") << "not that of an earlier call";
}

TEST_F(PoolCall, IsNotHeldUpByMuchOnStandardError) {
  PoolOptions options;
  options.error_limit = 100;
  make_pool(options);
  const process::RunResult result = ask({"flood-stderr"});
  EXPECT_EQ(result.output, "done\n") << result.outcome.detail;
  EXPECT_EQ(result.error, std::string(100, 'e'));
  EXPECT_TRUE(result.error_truncated);
  expect_right_answer();
}

TEST_F(PoolCall, MayLeaveStandardErrorToTheHost) {
  PoolOptions options;
  options.capture_error = false;
  make_pool(options);
  const process::RunResult result = ask({"stderr", "1"});
  EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit);
  EXPECT_EQ(result.error, "");
}

TEST_F(PoolCall, TakesAReplyInPieces) {
  make_pool();
  const process::RunResult result = ask({"trickle", "a", "b"});
  EXPECT_EQ(result.output, "trickle\na\nb\n") << result.outcome.detail;
}

TEST_F(PoolCall, TakesAHelloThatComesBeforeOurs) {
  make_pool({}, {"early"});
  expect_right_answer();
}

TEST_F(PoolCall, StartsAheadWhenTold) {
  make_pool();
  EXPECT_EQ(pool().counters().started, 0u);
  pool().start_workers();
  EXPECT_EQ(pool().counters().started, 1u);
  expect_right_answer();
  EXPECT_EQ(pool().counters().started, 1u);
}

TEST_F(PoolCall, RefusesARequestBeyondTheLimit) {
  PoolOptions options;
  options.request_limit = 1000;
  make_pool(options);
  const pid_t pid = worker_pid();
  const process::RunResult result = ask({"echo", std::string(2000, 'x')});
  EXPECT_EQ(result.outcome.cause, process::Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("limit of 1000 bytes"));
  EXPECT_EQ(worker_pid(), pid);
}

TEST_F(PoolCall, RefusesARequestBeyondTheLimitWithoutAWorkerToo) {
  PoolOptions options;
  options.request_limit = 1000;
  make_pool(options);
  EXPECT_EQ(ask({"echo", std::string(2000, 'x')}).outcome.cause, process::Cause::refused);
}

TEST_F(PoolCall, UsesTheResultsMemoryAgain) {
  make_pool();
  process::RunResult result;
  const std::vector<std::string_view> arguments{"echo", "something longer than a short string"};
  pool().call(request_of(arguments), process::kGenerous, result);
  pool().call(request_of(arguments), process::kGenerous, result);
  EXPECT_EQ(result.output, "echo\nsomething longer than a short string\n");
  const std::vector<std::string_view> shorter{"no", "1"};
  pool().call(request_of(shorter), process::kGenerous, result);
  EXPECT_EQ(result.output, "no route\n");
  EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit);
}

TEST_F(PoolCall, IsNotDisturbedBySignals) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};  // no SA_RESTART: the wait is interrupted
  sigaction(SIGALRM, &action, &before);
  make_pool();
  expect_right_answer();
  ::ualarm(10'000, 10'000);
  const process::RunResult result = ask({"wait", "100"});
  ::ualarm(0, 0);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
}

TEST_F(PoolCall, LeavesAForkedChildsCopyAlone) {
  make_pool();
  const pid_t pid = worker_pid();
  const pid_t child = ::fork();
  if (child == 0) {
    end_pool();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(worker_pid(), pid);
}

}  // namespace
}  // namespace kamexec::pool
