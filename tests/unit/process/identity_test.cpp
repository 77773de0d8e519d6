// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that run as another user, and within limits of their own.
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "fixture.h"
#include "other_user.h"
#include "process/supervisor.h"
#include "support/said_as.h"

namespace kamexec::process {
namespace {

using ::testing::HasSubstr;

constexpr uid_t kSomeUser = 65532;
constexpr gid_t kSomeGroup = 65531;

class Identities : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
    if (::geteuid() != 0) {
      GTEST_SKIP() << "needs root";
    }
  }

  RunResult run_as(const Identity& identity, const std::vector<std::string>& arguments,
                   const RunOptions& options = capturing(), const char* directory = nullptr) {
    std::vector<std::string> words{program_.path()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Arguments argv(words);
    ProgramStart start;
    start.program = words[0].c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.identity = &identity;
    start.working_directory = directory;
    return run(start, options);
  }

  const ProgramForAll program_;
};

/// Real, effective, saved and file system id, as /proc shows them.
std::string four(unsigned id) {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    text += (i == 0 ? "" : "\t") + std::to_string(id);
  }
  return text;
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  groups.resize(
      static_cast<std::size_t>(::getgroups(static_cast<int>(groups.size()), groups.data())));
  return groups;
}

TEST_F(Identities, AllIdsAreTheOthers) {
  const RunResult result = run_as({kSomeUser, kSomeGroup, {7, 9}}, {"status"});
  ASSERT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_EQ(status_value(result.output, "Uid"), four(kSomeUser));
  EXPECT_EQ(status_value(result.output, "Gid"), four(kSomeGroup));
  EXPECT_THAT(status_value(result.output, "Groups"), ::testing::StartsWith("7 9"));
  EXPECT_EQ(status_value(result.output, "CapEff"), "0000000000000000");
  EXPECT_EQ(status_value(result.output, "CapPrm"), "0000000000000000");
}

TEST_F(Identities, NoGroupOfOursIsLeft) {
  const std::vector<gid_t> before = own_groups();
  const gid_t ours[] = {11, 12};
  ASSERT_EQ(::setgroups(2, ours), 0);
  const RunResult result = run_as({kSomeUser, kSomeGroup, {}}, {"status"});
  const std::vector<gid_t> during = own_groups();
  ASSERT_EQ(::setgroups(before.size(), before.data()), 0);
  EXPECT_THAT(status_value(result.output, "Groups"), ::testing::Not(HasSubstr("1")));
  EXPECT_EQ(during, (std::vector<gid_t>{11, 12}));
}

TEST_F(Identities, TheHostStaysWhoItIs) {
  ASSERT_EQ(::prctl(PR_SET_DUMPABLE, 1), 0);
  ASSERT_EQ(run_as({kSomeUser, kSomeGroup, {}}, {"exit", "0"}).outcome.cause, Cause::ok);
  EXPECT_EQ(::geteuid(), 0U);
  EXPECT_EQ(::getegid(), 0U);
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 1);
}

TEST_F(Identities, AHostThatMustNotBeDumpedStaysSo) {
  ASSERT_EQ(::prctl(PR_SET_DUMPABLE, 0), 0);
  EXPECT_EQ(run_as({kSomeUser, kSomeGroup, {}}, {"exit", "0"}).outcome.cause, Cause::ok);
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  ASSERT_EQ(::prctl(PR_SET_DUMPABLE, 1), 0);
}

TEST_F(Identities, DiesWithTheHostAllTheSame) {
  // The change of ids clears the death signal: it has to be asked for after it.
  const RunResult result = run_as({kSomeUser, kSomeGroup, {}}, {"death-signal"});
  EXPECT_EQ(result.output, std::to_string(SIGKILL) + "\n") << result.outcome.detail;
}

TEST_F(Identities, IsEndedAtItsDeadline) {
  const RunResult result =
      run_as({kSomeUser, kSomeGroup, {}}, {"ignore-term"}, ending_after(milliseconds(1000)));
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  EXPECT_EQ(result.outcome.signal, SIGKILL);
}

TEST_F(Identities, TheDirectoryMustBeOpenToTheUser) {
  const PrivateDirectory directory;
  const Identity identity{kSomeUser, kSomeGroup, {}};
  const char* path = directory.path().c_str();
  const Outcome closed = run_as(identity, {"directory"}, capturing(), path).outcome;
  EXPECT_EQ(closed.cause, Cause::not_started);
  EXPECT_EQ(closed.system_errno, EACCES);
  EXPECT_THAT(closed.detail, HasSubstr("can't change to the directory " + directory.path()));
  ASSERT_EQ(::chown(path, kSomeUser, kSomeGroup), 0);
  EXPECT_EQ(run_as(identity, {"directory"}, capturing(), path).output, directory.path() + "\n");
}

TEST_F(Identities, AProgramThatTheUserMayNotRun) {
  const PrivateDirectory directory;
  const std::string hidden = directory.path() + "/program";
  ASSERT_EQ(::symlink(program_.path().c_str(), hidden.c_str()), 0);
  const Identity identity{kSomeUser, kSomeGroup, {}};
  const Arguments argv({hidden, "exit", "0"});
  ProgramStart start;
  start.program = hidden.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  start.identity = &identity;
  const Outcome outcome = run(start, capturing()).outcome;
  ::unlink(hidden.c_str());
  EXPECT_EQ(outcome.cause, Cause::not_started);
  EXPECT_EQ(outcome.system_errno, EACCES);
  EXPECT_THAT(outcome.detail, HasSubstr("can't run " + hidden));
}

TEST_F(Identities, WithoutTheRightItIsNotStartedAndSaysWhichStepFailed) {
  const auto said = test::said_as(kSomeUser, [&] {
    const Outcome outcome = run_as({1, 2, {2}}, {"exit", "0"}).outcome;
    return std::string(word(outcome.cause)) + " " + std::to_string(outcome.system_errno) + " " +
           outcome.detail;
  });
  EXPECT_EQ(
      said,
      "not-started " + std::to_string(EPERM) +
          " can't change to the group 2 and its supplementary groups: Operation not permitted");
}

TEST_F(Identities, MinusOneIsNobodyAndNeverTheHost) {
  for (const Identity& identity : {Identity{static_cast<uid_t>(-1), kSomeGroup, {}},
                                   Identity{kSomeUser, static_cast<gid_t>(-1), {}},
                                   Identity{kSomeUser, kSomeGroup, {static_cast<gid_t>(-1)}}}) {
    const RunResult result = run_as(identity, {"status"});
    EXPECT_EQ(result.outcome.cause, Cause::not_started);
    EXPECT_EQ(result.outcome.system_errno, EINVAL);
    EXPECT_EQ(result.output, "");
  }
}

TEST_F(Identities, AQueuedCommandKeepsItsOwn) {
  SupervisorLimits limits;
  limits.most_running = 1;
  auto supervisor = Supervisor::create(limits);
  ASSERT_TRUE(supervisor);
  std::vector<RunResult> results;
  const auto submit = [&](const Identity* identity, std::uint64_t files) {
    const Arguments argv({program_.path(), "status"});
    ProgramStart start;
    start.program = program_.path().c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.identity = identity;
    start.limits.files = files;
    ASSERT_TRUE((*supervisor)->submit(start, capturing(), [&](JobId, RunResult result) {
      results.push_back(std::move(result));
    }));
  };
  submit(nullptr, 64);
  {
    const Identity gone_before_it_starts{kSomeUser, kSomeGroup, {7}};
    submit(&gone_before_it_starts, 64);
  }
  ASSERT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(status_value(results[0].output, "Uid"), four(0));
  EXPECT_EQ(status_value(results[1].output, "Uid"), four(kSomeUser));
  EXPECT_EQ(status_value(results[1].output, "Gid"), four(kSomeGroup));
}

}  // namespace
}  // namespace kamexec::process
