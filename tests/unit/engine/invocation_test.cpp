// SPDX-License-Identifier: GPL-2.0-or-later
// What an Invocation holds, and what can't be one.
#include "engine/invocation.h"

#include <filesystem>

#include "fixture.h"

namespace kamexec::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using namespace std::string_view_literals;

class InvocationTest : public EngineTest {
 protected:
  static std::vector<std::string> words(const Invocation& made) {
    std::vector<std::string> all;
    for (char* const* word = made.argv; *word != nullptr; ++word) {
      all.emplace_back(*word);
    }
    return all;
  }
  std::string refusal(const command::PreparedCommand& command,
                      const std::vector<std::string_view>& values) {
    const Result<Invocation> made = invocation(command, nullptr, values);
    return made ? "" : made.error().message;
  }
};

TEST_F(InvocationTest, OfPlainWords) {
  const command::PreparedCommand echo = command("/bin/echo a %");
  limits_.timeout = std::chrono::milliseconds(700);
  limits_.stop.grace = std::chrono::milliseconds(30);
  limits_.output_limit = 11;
  limits_.error_limit = 12;
  const TimePoint requested = Clock::now();
  const std::vector<std::string_view> values{"x y"};
  const auto made = make_invocation({.command = echo,
                                     .values = values,
                                     .search_path = "/bin",
                                     .limits = limits_,
                                     .requested = requested},
                                    buffers_);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->program, nullptr);
  EXPECT_STREQ(made->path, "/bin/echo");
  EXPECT_THAT(words(*made), ElementsAre("/bin/echo", "a", "x y"));
  EXPECT_EQ(made->deadline, requested + limits_.timeout);
  EXPECT_EQ(made->stop.grace, limits_.stop.grace);
  EXPECT_EQ(made->output_limit, 11U);
  EXPECT_EQ(made->error_limit, 12U);
  EXPECT_TRUE(made->capture_error);
}

TEST_F(InvocationTest, OfAShellsText) {
  const auto made = invocation(command("echo % | cat"), nullptr, {"$(id)"});
  ASSERT_TRUE(made);
  EXPECT_STREQ(made->path, "/bin/sh");
  EXPECT_EQ(words(*made).at(1), "-c");
  EXPECT_EQ(words(*made).back(), "$(id)");
}

TEST_F(InvocationTest, WithoutTimeoutThereIsNoDeadline) {
  limits_.timeout = std::chrono::milliseconds(0);
  EXPECT_EQ(invocation(command("/bin/true"))->deadline, kNoDeadline);
}

TEST_F(InvocationTest, AJobInTheBackgroundKeepsTheHostsStandardError) {
  EXPECT_FALSE(invocation(command("sleep 1 & true"))->capture_error);
  EXPECT_TRUE(invocation(command("sleep 1; true"))->capture_error);
}

TEST_F(InvocationTest, AProgramsDefinitionSaysItsLimits) {
  const Call called = call(
      "name=p; run=/bin/echo fixed; timeout=300ms; kill_grace=20ms; output_limit=21; "
      "error_limit=22",
      "@p more");
  const TimePoint before = Clock::now();
  const auto made = invocation(called);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->program, called.program);
  EXPECT_STREQ(made->path, "/bin/echo");
  EXPECT_THAT(words(*made), ElementsAre("/bin/echo", "fixed", "more"));
  EXPECT_GE(made->deadline, before + std::chrono::milliseconds(300));
  EXPECT_LE(made->deadline, Clock::now() + std::chrono::milliseconds(300));
  EXPECT_EQ(made->stop.grace, std::chrono::milliseconds(20));
  EXPECT_EQ(made->output_limit, 21U);
  EXPECT_EQ(made->error_limit, 22U);
}

TEST_F(InvocationTest, AWorkerIsAskedWithoutTheProgramsOwnWords) {
  const auto made = invocation(call("name=w; run=/bin/cat fixed; via=pool", "@w one 'two words'"));
  ASSERT_TRUE(made);
  EXPECT_STREQ(made->path, "/bin/cat");
  EXPECT_THAT(words(*made), ElementsAre("w", "one", "two words"));
}

TEST_F(InvocationTest, VariablesAreThoseOfTheBuffersNotCopied) {
  buffers_.variables.set("A", "1");
  buffers_.variables.set("B", "");
  const auto made = invocation(command("/bin/true"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->variables, "A=1\0B=\0"sv);
  EXPECT_EQ(made->variables.data(), buffers_.variables.packed().data());
}

TEST_F(InvocationTest, ItsNameAndAttemptAreVariables) {
  const command::PreparedCommand echo = command("/bin/echo");
  buffers_.variables.set("SIP_USER", "bob");
  const auto made = make_invocation({.command = echo,
                                     .values = {},
                                     .search_path = "/bin",
                                     .limits = limits_,
                                     .requested = Clock::now(),
                                     .id = "0a1b",
                                     .attempt = 2},
                                    buffers_);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->id, "0a1b");
  EXPECT_EQ(made->attempt, 2U);
  EXPECT_EQ(made->variables, "SIP_USER=bob\0KAMEXEC_ID=0a1b\0KAMEXEC_ATTEMPT=2\0"sv);
}

TEST_F(InvocationTest, RefusesWhatCantBePassed) {
  const command::PreparedCommand echo = command("/bin/echo %");
  EXPECT_THAT(refusal(echo, {}), HasSubstr("takes 1 values"));
  EXPECT_THAT(refusal(echo, {"a\0b"sv}), HasSubstr("NUL"));
  EXPECT_THAT(refusal(echo, {std::string(command::longest_argument(), 'x')}),
              HasSubstr("too long"));
  buffers_.variables.set("SIP_HF_X", std::string(request::kLongestVariable, 'x'));
  EXPECT_THAT(refusal(echo, {"a"}), HasSubstr("SIP_HF_X"));
  buffers_.variables.clear();
  EXPECT_EQ(refusal(echo, {"a"}), "");
}

TEST_F(InvocationTest, LooksAgainForAProgramThatHasMoved) {
  const TemporaryDirectory first;
  const TemporaryDirectory second;
  const std::string before = first.write_script("moves", "echo here\n");
  const std::string both = first.path() + ":" + second.path();
  const command::PreparedCommand moves = command("moves a", both);
  ASSERT_EQ(moves.program, before);
  search_path_ = both;
  EXPECT_EQ(invocation(moves)->path, before);
  std::filesystem::rename(before, second.path() + "/moves");
  EXPECT_EQ(invocation(moves)->path, second.path() + "/moves");
  std::filesystem::remove(second.path() + "/moves");
  EXPECT_EQ(invocation(moves)->path, before) << "execve says what is wrong with it";
}

TEST_F(InvocationTest, LooksForAProgramThatWasNotThereWhenTheCommandWasPrepared) {
  const TemporaryDirectory directory;
  const command::PreparedCommand later = command("comes-later", directory.path());
  search_path_ = directory.path();
  EXPECT_STREQ(invocation(later)->path, "comes-later");
  const std::string path = directory.write_script("comes-later", "exit 0\n");
  EXPECT_EQ(invocation(later)->path, path);
}

TEST_F(InvocationTest, NeedsAreThoseOfTheWay) {
  const program::Program* spawned = call("name=s; run=/bin/true", "@s").program;
  const program::Program* pooled = call("name=w; run=/bin/cat; via=pool", "@w").program;
  EXPECT_EQ(way_of(nullptr), Way::command);
  EXPECT_EQ(way_of(spawned), Way::spawn);
  EXPECT_EQ(way_of(pooled), Way::pool);
  const program::Program* served = call("name=d; via=service", "@d").program;
  EXPECT_EQ(way_of(served), Way::service);
  EXPECT_TRUE(needs_of(served).input && needs_of(served).message && needs_of(served).uri);
  for (const program::Program* program : {static_cast<const program::Program*>(nullptr), spawned}) {
    EXPECT_TRUE(needs_of(program).input);
    EXPECT_FALSE(needs_of(program).message);
  }
  EXPECT_TRUE(needs_of(pooled).message);
  EXPECT_TRUE(needs_of(pooled).uri);
  EXPECT_FALSE(needs_of(pooled).input);
}

}  // namespace
}  // namespace kamexec::engine
