// SPDX-License-Identifier: GPL-2.0-or-later
// What is measured for a command, and what is refused. The ways themselves are run once each.
#include "tool/bench/contest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool/bench/standard_streams.h"

namespace kamexec::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Contest> contest_of(const BenchOptions& options, std::unique_ptr<BenchInputs>& inputs) {
  const QuietStreams quiet;
  Result<std::unique_ptr<BenchInputs>> read = read_bench_inputs(options);
  if (!read) {
    return tl::unexpected<Error>(read.error());
  }
  inputs = std::move(*read);
  return inputs->is_pooled() ? pool_contest(*inputs) : command_contest(*inputs);
}

std::vector<std::string> names_after_a_call(const BenchOptions& options) {
  std::unique_ptr<BenchInputs> inputs;
  const Result<Contest> contest = contest_of(options, inputs);
  if (!contest) {
    return {contest.error().message};
  }
  std::vector<std::string> names;
  for (const Subject& subject : contest->subjects) {
    const Result<void> made = subject.call();
    names.push_back(subject.name + (made ? "" : ": " + made.error().message));
  }
  return names;
}

std::string refusal(const BenchOptions& options) {
  std::unique_ptr<BenchInputs> inputs;
  const Result<Contest> contest = contest_of(options, inputs);
  return contest ? "" : contest.error().message;
}

BenchOptions command(const std::string& text) {
  BenchOptions options;
  options.command = text;
  return options;
}

BenchOptions program(const std::string& definition, const std::string& text = "") {
  BenchOptions options = command(text);
  options.programs = {definition};
  return options;
}

TEST(Contest, OfPlainWords) {
  EXPECT_THAT(names_after_a_call({}), ElementsAre("kamexec", "kamexec-shell", "popen", "bare"));
}

TEST(Contest, OfAShellsText) {
  EXPECT_THAT(names_after_a_call(command("x=1; test $$x = 1")),
              ElementsAre("kamexec", "popen", "bare"));
}

TEST(Contest, OfASpawnedProgram) {
  EXPECT_THAT(names_after_a_call(program("name=e; run=/bin/echo", "@e a")),
              ElementsAre("kamexec", "bare"));
}

TEST(Contest, OfAPool) {
  const BenchOptions options = program("name=g; run=" KAMEXEC_WORKER "; via=pool", "@g 4930");
  EXPECT_THAT(names_after_a_call(options), ElementsAre("kamexec", "bare"));
  std::unique_ptr<BenchInputs> inputs;
  const Result<Contest> contest = contest_of(options, inputs);
  ASSERT_TRUE(contest) << contest.error().message;
  // docs/worker-protocol.md: request, arg and end; reply, two lines of gateways, end.
  EXPECT_EQ(contest->subjects[1].what, "a round trip over a socket pair, 64 bytes and 106 back");
}

TEST(Contest, RefusesWhatCantBeMeasured) {
  EXPECT_THAT(refusal(command("echo $rU")), HasSubstr("$rU"));
  EXPECT_THAT(refusal(command("exit 3")), HasSubstr("exit status 3"));
  EXPECT_THAT(refusal(command("/nonexistent/program")), HasSubstr("/nonexistent/program"));
  EXPECT_THAT(refusal(command("echo 'a")), HasSubstr("quote"));
  EXPECT_THAT(refusal(command("@nobody")), HasSubstr("nobody"));
  EXPECT_THAT(refusal(program("name=g")), HasSubstr("run"));
  EXPECT_THAT(refusal(program("name=t; run=/bin/true; via=pool")), HasSubstr("worker"));
}

}  // namespace
}  // namespace kamexec::tool
