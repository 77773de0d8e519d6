// SPDX-License-Identifier: GPL-2.0-or-later
// What a server may do for a program, asked with the rights of root and of an ordinary user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "program/resolved_program.h"
#include "support/said_as.h"

namespace kamexec::program {
namespace {

using test::said_as;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uid_t kOrdinary = 65533;

std::string permission(const ProgramDefinition& program, ResolvedProgram place) {
  const auto mistakes = check_permission(program, place);
  return mistakes.empty() ? (place.identity ? "changes" : "stays")
                          : text_of(mistakes.front(), program.name);
}

TEST(CheckPermission, AnOrdinaryServerMayNotBecomeAnother) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  ProgramDefinition program;
  program.name = "p";
  const ResolvedProgram place{"/bin/true", process::Identity{1, 1, {1}}};
  EXPECT_EQ(permission(program, place), "changes");
  EXPECT_THAT(said_as(kOrdinary, [&] { return permission(program, place); }),
              AllOf(HasSubstr("program p: user and group: "), HasSubstr("user 65533"),
                    HasSubstr("CAP_SETUID"), HasSubstr("remove them")));
}

TEST(CheckPermission, WhatTheServerIsAlreadyNeedsNoChange) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  const ResolvedProgram same{"/bin/true", process::Identity{kOrdinary, kOrdinary, {kOrdinary}}};
  const ResolvedProgram other_group{"/bin/true", process::Identity{kOrdinary, 1, {kOrdinary}}};
  const ResolvedProgram more_groups{"/bin/true",
                                    process::Identity{kOrdinary, kOrdinary, {kOrdinary, 1}}};
  EXPECT_EQ(said_as(kOrdinary, [&] { return permission({}, same); }), "stays");
  EXPECT_THAT(said_as(kOrdinary, [&] { return permission({}, other_group); }),
              HasSubstr("may not"));
  EXPECT_THAT(said_as(kOrdinary, [&] { return permission({}, more_groups); }),
              HasSubstr("may not"));
}

TEST(CheckPermission, ALimitAboveTheServersOwn) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  ProgramDefinition program;
  program.limits.files = 100;
  const std::string said = said_as(kOrdinary, [&] {
    const rlimit low{50, 60};
    ::setrlimit(RLIMIT_NOFILE, &low);
    return permission(program, {"/bin/true", {}});
  });
  EXPECT_THAT(said, AllOf(HasSubstr("files: 100"), HasSubstr("own limit, 60")));
  program.limits.files = 60;
  EXPECT_EQ(said_as(kOrdinary,
                    [&] {
                      const rlimit low{50, 60};
                      ::setrlimit(RLIMIT_NOFILE, &low);
                      return permission(program, {"/bin/true", {}});
                    }),
            "stays");
}

/// For an ordinary user's server whose limit RLIMIT_NICE is at most @p limit.
std::string permission_within(rlim_t limit, int nice) {
  ProgramDefinition program;
  program.name = "p";
  program.nice = nice;
  return said_as(kOrdinary, [&] {
    const rlimit lower{limit, limit};
    ::setrlimit(RLIMIT_NICE, &lower);
    return permission(program, {"/bin/true", {}});
  });
}

TEST(CheckPermission, ANiceValueBelowTheServersOwn) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  const int own = ::getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(permission_within(0, own), "stays");
  EXPECT_EQ(permission_within(0, 19), "stays");
  EXPECT_THAT(permission_within(0, own - 1),
              AllOf(HasSubstr("program p: nice: "), HasSubstr("user 65533"),
                    HasSubstr("write " + std::to_string(own) + " or more"), HasSubstr("LimitNICE="),
                    HasSubstr("CAP_SYS_NICE")));
}

TEST(CheckPermission, ANiceValueThatTheCapabilityAllows) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  if (own == -20 || ::setpriority(PRIO_PROCESS, 0, own - 1) < 0) {
    GTEST_SKIP() << "needs CAP_SYS_NICE";
  }
  ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, own), 0);
  ProgramDefinition program;
  program.nice = own - 1;
  EXPECT_EQ(permission(program, {"/bin/true", {}}), "stays");
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own);
}

TEST(CheckPermission, ANiceValueThatTheLimitAllows) {
  // The limit counts from 20 down.
  const int own = ::getpriority(PRIO_PROCESS, 0);
  rlimit before = {};
  ::getrlimit(RLIMIT_NICE, &before);
  const auto needed = static_cast<rlim_t>(20 - (own - 1));
  const rlimit enough{needed, needed};
  if (::geteuid() != 0 || own == -20 || ::setrlimit(RLIMIT_NICE, &enough) < 0) {
    GTEST_SKIP() << "needs root, and CAP_SYS_RESOURCE";
  }
  EXPECT_EQ(permission_within(needed, own - 1), "stays");
  EXPECT_THAT(permission_within(needed - 1, own - 1), HasSubstr("nice: "));
  EXPECT_EQ(::setrlimit(RLIMIT_NICE, &before), 0);
}

TEST(CheckPermission, ACountOfProcessesDoesNotHoldForRoot) {
  ProgramDefinition program;
  program.limits.processes = 10;
  const ResolvedProgram as_root{"/bin/true", process::Identity{0, 0, {0}}};
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  EXPECT_THAT(permission(program, as_root), HasSubstr("processes: "));
  EXPECT_THAT(permission(program, {"/bin/true", {}}), HasSubstr("name a user"));
  EXPECT_EQ(permission(program, {"/bin/true", process::Identity{1, 1, {1}}}), "changes");
}

}  // namespace
}  // namespace kamexec::program
