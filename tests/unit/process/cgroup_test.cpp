// SPDX-License-Identifier: GPL-2.0-or-later
// Runs in control groups of their own, on the kernel: as root, where cgroup v2 is mounted and can
// be changed. Limits need its controllers, too.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include <cerrno>

#include "bystander.h"
#include "fixture.h"
#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/cgroup_parent.h"
#include "process/cgroup_place.h"
#include "process/cgroup_preparation.h"
#include "process/cgroup_sweep.h"
#include "process/deferred_reap.h"
#include "process/run_cgroup.h"
#include "process/supervisor.h"
#include "support/said_as.h"
#include "support/sandbox.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

namespace kamexec::process {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Long enough for a program to start and to have its children, on a busy machine too.
constexpr milliseconds kTimeout{600};

class CgroupTest : public ProcessTest {
 protected:
  void SetUp() override {
    const Result<CgroupPlace> place = own_cgroup_place();
    if (!place) {
      GTEST_SKIP() << place.error().message;
    }
    path_ = place->mount + "/kamexec-test-" + std::to_string(::getpid());
    if (::mkdir(path_.c_str(), 0755) < 0) {
      const int error = errno;
      path_.clear();
      GTEST_SKIP() << "can't make a control group below " << place->mount << ": "
                   << std::strerror(error);
    }
    if (::access((path_ + "/cgroup.kill").c_str(), F_OK) < 0) {
      GTEST_SKIP() << "this kernel has no cgroup.kill";
    }
    ProcessTest::SetUp();
    is_set_up_ = true;
  }

  void TearDown() override {
    parent_.reset();
    if (!path_.empty()) {
      // What was killed may need a moment more to go.
      EXPECT_TRUE(eventually([this] {
        remove_all_ended_cgroups();
        return runs().empty();
      }));
    }
    if (is_set_up_) {
      ProcessTest::TearDown();
    }
    if (!path_.empty()) {
      EXPECT_EQ(remove_cgroup(AT_FDCWD, path_.c_str()), 0);
    }
  }

  void prepare(const CgroupLimits& limits = {}) {
    Result<std::shared_ptr<const CgroupParent>> made = prepare_cgroups(path_, limits);
    ASSERT_TRUE(made) << made.error().message;
    parent_ = std::move(*made);
  }

  /// True where the limits can be set here; else the test is skipped, with the reason.
  bool can_limit(const CgroupLimits& limits) {
    const Result<CgroupPlace> place = own_cgroup_place();
    const UniqueFd mount = open_cgroup(place->mount);
    std::vector<std::string_view> wanted = cgroup_controllers(limits);
    const Result<std::string> there = read_cgroup_file(mount.get(), "cgroup.controllers");
    for (const std::string_view controller : wanted) {
      if (!there || !has_word(*there, controller)) {
        return false;
      }
    }
    for (const std::string_view controller : wanted) {
      if (write_cgroup_file(mount.get(), "cgroup.subtree_control", "+" + std::string(controller)) !=
          0) {
        return false;
      }
    }
    return true;
  }

  RunResult run_grouped(const std::vector<std::string>& arguments,
                        const RunOptions& options = capturing()) {
    std::vector<std::string> words{child_program()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Arguments argv(words);
    ProgramStart start;
    start.program = words.front().c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.cgroup = parent_;
    return run(start, options);
  }

  RunResult run_shell(const std::string& text, const RunOptions& options = capturing()) {
    const Arguments argv({"sh", "-c", text});
    ProgramStart start;
    start.program = "/bin/sh";
    start.argv = argv.data();
    start.environment = environment().data();
    start.cgroup = parent_;
    return run(start, options);
  }

  [[nodiscard]] std::vector<std::string> runs() const {
    const UniqueFd group = open_cgroup(path_);
    return groups_below(group.get(), kCgroupPrefix);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::shared_ptr<const CgroupParent>& parent() const { return parent_; }

 private:
  std::string path_;
  bool is_set_up_ = false;
  std::shared_ptr<const CgroupParent> parent_;
};

TEST_F(CgroupTest, ARunHasAGroupOfItsOwnWhileItRuns) {
  prepare();
  const RunResult result = run_shell("cat /proc/self/cgroup; exit 3");
  EXPECT_EQ(result.outcome.exit_status, 3);
  EXPECT_THAT(result.output, HasSubstr("0::"));
  EXPECT_THAT(result.output,
              HasSubstr(path().substr(path().rfind('/')) + "/" + std::string(kCgroupPrefix)));
}

TEST_F(CgroupTest, AnEmptyGroupServesTheNextRun) {
  prepare();
  const std::string first = run_shell("cat /proc/self/cgroup").output;
  EXPECT_EQ(run_shell("cat /proc/self/cgroup").output, first);
  EXPECT_THAT(runs(), SizeIs(1));
  // Not one that was killed, nor one that has something left in it.
  const std::string killed =
      run_shell("trap '' TERM; cat /proc/self/cgroup; sleep 1000", ending_after(kTimeout)).output;
  EXPECT_EQ(killed, first);
  const std::string second = run_shell("cat /proc/self/cgroup").output;
  EXPECT_NE(second, first);
  const std::string below = run_shell("mkdir " + path() + R"(/$(basename $(grep ^0:: \
      /proc/self/cgroup))/below; cat /proc/self/cgroup)")
                                .output;
  EXPECT_EQ(below, second);
  EXPECT_NE(run_shell("cat /proc/self/cgroup").output, second);
}

TEST_F(CgroupTest, AForkedHostHasGroupsOfItsOwn) {
  prepare();
  const std::string ours = run_shell("cat /proc/self/cgroup").output;
  const pid_t host = ::fork();
  if (host == 0) {
    ::_exit(run_shell("cat /proc/self/cgroup").output == ours ? 1 : 0);
  }
  int status = -1;
  ::waitpid(host, &status, 0);
  EXPECT_EQ(status, 0);
  remove_abandoned_cgroups(parent()->fd());
  EXPECT_THAT(runs(), SizeIs(1));
}

TEST_F(CgroupTest, WhatLeftNoTraceIsEndedAtTheDeadline) {
  prepare();
  for (const char* behaviour :
       {"sleep", "ignore-term", "new-session-stubborn", "daemon-stubborn", "daemon-traceless"}) {
    const RunResult result = run_grouped({behaviour}, ending_after(kTimeout));
    EXPECT_EQ(result.outcome.detail, "still running after 600 ms") << behaviour;
    const auto pids = printed_pids(result.output);
    EXPECT_THAT(pids, SizeIs(1)) << behaviour;
    for (const pid_t pid : pids) {
      EXPECT_FALSE(is_alive(pid)) << behaviour;
    }
    EXPECT_THAT(tagged_processes(), IsEmpty());
  }
}

TEST_F(CgroupTest, WhatStartsOthersWithoutEndIsEnded) {
  prepare();
  const RunResult result = run_grouped({"restless-below"}, ending_after(kTimeout));
  EXPECT_EQ(result.outcome.detail, "still running after 600 ms");
  EXPECT_THAT(tagged_processes(), IsEmpty());
}

TEST_F(CgroupTest, TheGraceIsForTheWholeGroup) {
  prepare();
  const RunResult result = run_shell(
      "trap 'echo outer; exit 5' TERM; setsid sh -c \"trap 'echo inner; exit 0' TERM; while :; do "
      "sleep 0.01; done\" & while :; do sleep 0.01; done",
      ending_after(kTimeout, milliseconds(15'000)));
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  EXPECT_EQ(result.outcome.exit_status, 5);
  EXPECT_THAT(result.output, AllOf(HasSubstr("outer"), HasSubstr("inner")));
  EXPECT_LT(result.outcome.duration, milliseconds(14'000));
}

TEST_F(CgroupTest, AJobInTheBackgroundOutlivesItsRunAndThenTheGroupGoes) {
  prepare();
  const RunResult result = run_grouped({"daemon-and-exit"});
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  const auto pids = printed_pids(result.output);
  ASSERT_THAT(pids, SizeIs(1));
  EXPECT_TRUE(is_alive(pids.front()));
  remove_all_ended_cgroups();
  EXPECT_THAT(runs(), SizeIs(1));
  // Neither does the start of another server end it.
  remove_abandoned_cgroups(parent()->fd());
  EXPECT_TRUE(is_alive(pids.front()));
  ::kill(pids.front(), SIGKILL);
  EXPECT_TRUE(eventually([this] {
    remove_ended_cgroups();
    return runs().empty();
  }));
}

TEST_F(CgroupTest, GroupsThatAProgramMadeGoWithItsOwn) {
  prepare();
  const RunResult result = run_shell("g=" + path() + R"(/$(basename $(grep ^0:: /proc/self/cgroup));
      mkdir -p $g/a/b && setsid sh -c "echo 0 > $g/a/b/cgroup.procs; echo in; sleep 1000" & wait)",
                                     ending_after(kTimeout));
  EXPECT_EQ(result.outcome.detail, "still running after 600 ms");
  EXPECT_EQ(result.output, "in\n");
  EXPECT_THAT(tagged_processes(), IsEmpty());
  EXPECT_TRUE(eventually([this] {
    remove_all_ended_cgroups();
    return runs().empty();
  }));
}

TEST_F(CgroupTest, ManyAtOnceAndStopped) {
  prepare();
  auto supervisor = Supervisor::create({});
  const std::string program = child_program();
  const Arguments argv({program, "daemon-stubborn"});
  ProgramStart start;
  start.program = program.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  start.cgroup = parent();
  int ended = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE((*supervisor)->submit(start, capturing(), [&](JobId, const RunResult& result) {
      EXPECT_EQ(result.outcome.detail, "the server is stopping");
      ++ended;
    }));
  }
  EXPECT_TRUE(eventually([&] {
    (*supervisor)->step(after(Clock::now(), milliseconds(1)));
    return runs().size() == 10;
  }));
  (*supervisor)->stop_all();
  EXPECT_TRUE((*supervisor)->run_until(after(Clock::now(), kGenerous)));
  EXPECT_EQ(ended, 10);
  EXPECT_THAT(tagged_processes(), IsEmpty());
}

TEST_F(CgroupTest, WhatIsDroppedIsKilled) {
  prepare();
  {
    auto supervisor = Supervisor::create({});
    const std::string program = child_program();
    const Arguments argv({program, "new-session-stubborn"});
    ProgramStart start;
    start.program = program.c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    start.cgroup = parent();
    ASSERT_TRUE((*supervisor)->submit(start, capturing(), [](JobId, const RunResult&) {}));
    EXPECT_TRUE(eventually([&] { return tagged_processes().size() >= 2; }));
  }
  EXPECT_TRUE(eventually([&] {
    reap_deferred();
    return tagged_processes().empty() && ::waitpid(-1, nullptr, WNOHANG) < 0;
  }));
}

TEST_F(CgroupTest, WhatACrashLeftIsEndedAtTheNextStart) {
  prepare();
  const pid_t host = ::fork();
  if (host == 0) {  // dies in the midst of a run
    ::alarm(2);
    static_cast<void>(run_grouped({"daemon-stubborn"}));
    ::_exit(0);
  }
  EXPECT_EQ(::waitpid(host, nullptr, 0), host);
  EXPECT_THAT(runs(), SizeIs(1));
  const UniqueFd left = open_cgroup(path() + "/" + runs().front());
  EXPECT_TRUE(is_populated(left.get()));
  EXPECT_EQ(remove_abandoned_cgroups(parent()->fd()), 1U);
  EXPECT_THAT(runs(), IsEmpty());
  EXPECT_THAT(tagged_processes(), IsEmpty());
}

TEST_F(CgroupTest, WhatOthersRunIsLeftAlone) {
  prepare();
  const pid_t host = ::fork();
  if (host == 0) {
    static_cast<void>(run_grouped({"sleep", "1000"}, ending_after(milliseconds(60'000))));
    ::_exit(0);
  }
  EXPECT_TRUE(eventually([this] { return runs().size() == 1; }));
  EXPECT_EQ(remove_abandoned_cgroups(parent()->fd()), 0U);
  EXPECT_THAT(runs(), SizeIs(1));
  ::kill(host, SIGTERM);  // ends its run
  ::waitpid(host, nullptr, 0);
  remove_abandoned_cgroups(parent()->fd());
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(CgroupTest, AForkedCopyTouchesNothing) {
  prepare();
  Result<RunCgroup> group = RunCgroup::create(parent());
  ASSERT_TRUE(group);
  const pid_t copy = ::fork();
  if (copy == 0) {
    { const RunCgroup taken = std::move(*group); }
    ::_exit(0);
  }
  ::waitpid(copy, nullptr, 0);
  EXPECT_THAT(runs(), SizeIs(1));
  group->end(RunCgroup::Rest::ends);
}

TEST_F(CgroupTest, WithoutClone3TheChildMovesItself) {
  prepare();
  const std::string said = test::said_in_sandbox({{SYS_clone3, ENOSYS}}, [this] {
    const RunResult well = run_shell("cat /proc/self/cgroup");
    const RunResult late = run_grouped({"daemon-traceless"}, ending_after(kTimeout));
    const auto pids = printed_pids(late.output);
    return std::string(well.output.find(kCgroupPrefix) == std::string::npos ? "not in it: " : "") +
           well.outcome.detail +
           (pids.size() == 1 && !is_alive(pids.front()) ? "" : "its daemon is alive");
  });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp filter can be set here";
  }
  EXPECT_EQ(said, "");
}

TEST_F(CgroupTest, SaysWhenTheParentIsGone) {
  prepare();
  ASSERT_EQ(::rmdir(path().c_str()), 0);
  const RunResult result = run_grouped({"print", "x"});
  ASSERT_EQ(::mkdir(path().c_str(), 0755), 0);
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  EXPECT_THAT(result.outcome.detail,
              AllOf(HasSubstr("can't make a control group"), HasSubstr(path())));
}

TEST_F(CgroupTest, SaysWhoMayNotChangeIt) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  const auto said = [this](const std::string& where) {
    return test::said_as(65533, [&where] {
      const auto prepared = prepare_cgroups(where, {});
      return prepared ? std::string("prepared") : prepared.error().message;
    });
  };
  EXPECT_THAT(said(path()), AllOf(HasSubstr("can't make a control group"), HasSubstr(path()),
                                  HasSubstr("Permission denied")));
  EXPECT_THAT(said("auto"),
              AllOf(HasSubstr("may not be changed by user 65533"), HasSubstr("Delegate=yes")));
}

TEST_F(CgroupTest, SaysWhichControllerIsMissing) {
  // The group's parent has none enabled for it, unless another test did so.
  const UniqueFd group = open_cgroup(path());
  if (has_word(*read_cgroup_file(group.get(), "cgroup.controllers"), "pids")) {
    GTEST_SKIP() << "the controller is there";
  }
  CgroupLimits limits;
  limits.processes = 10;
  const auto prepared = prepare_cgroups(path(), limits);
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().message,
              AllOf(HasSubstr("processes_total takes the controller pids"), HasSubstr(path()),
                    HasSubstr("Delegate=yes"), HasSubstr("remove processes_total")));
}

TEST_F(CgroupTest, MoreProcessesThanAllowedDoNotStart) {
  CgroupLimits limits;
  limits.processes = 5;
  if (!can_limit(limits)) {
    GTEST_SKIP() << "there is no controller pids of version 2 here";
  }
  prepare(limits);
  const RunResult result =
      run_shell("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo all", ending_after(kTimeout));
  EXPECT_NE(result.output, "all\n");
  EXPECT_THAT(result.error, HasSubstr("fork"));
  EXPECT_EQ(run_grouped({"print", "well"}).output, "well");  // the next run has its own count
}

TEST_F(CgroupTest, MoreMemoryThanAllowedEndsAProcessAndSaysSo) {
  CgroupLimits limits;
  limits.memory_bytes = 32U << 20;
  if (!can_limit(limits)) {
    GTEST_SKIP() << "there is no controller memory of version 2 here";
  }
  prepare(limits);
  const RunResult result = run_shell("exec tail /dev/zero");
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_EQ(result.outcome.signal, SIGKILL);
  EXPECT_EQ(result.outcome.detail, "its control group used up memory_total, 33554432 bytes");
  const RunResult next = run_grouped({"exit", "3"});
  EXPECT_EQ(next.outcome.detail, "");
}

TEST_F(CgroupTest, ABusyProgramHasItsShareOfAProcessor) {
  CgroupLimits limits;
  limits.cpu_percent = 10;
  if (!can_limit(limits)) {
    GTEST_SKIP() << "there is no controller cpu of version 2 here";
  }
  prepare(limits);
  const RunResult result = run_shell(
      "timeout 2 sh -c 'while :; do :; done'; cat " + path() + "/*/cpu.stat", capturing());
  EXPECT_GT(number_after(result.output, "nr_throttled"), 0U);
  EXPECT_LT(number_after(result.output, "usage_usec"), 1'500'000U);
}

}  // namespace
}  // namespace kamexec::process
