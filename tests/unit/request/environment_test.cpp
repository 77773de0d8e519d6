// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/envp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "request/request_variables.h"

namespace kamexec::request {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using namespace std::string_view_literals;

/// What a program gets that inherits @p base.
std::vector<std::string> entries(const RequestVariables& environment,
                                 const InheritedEnvironment& base = {}) {
  Envp envp;
  std::vector<std::string> all;
  for (char* const* entry = envp.fill(base, environment.packed()); *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  EXPECT_EQ(envp.size(), all.size());
  return all;
}

TEST(Environment, EmptyIsATerminatorAlone) {
  RequestVariables environment;
  EXPECT_THAT(entries(environment), IsEmpty());
  EXPECT_EQ(environment.value("A"), "");
  EXPECT_EQ(environment.oversized(), "");
}

TEST(Environment, TheLaterOfTwoWins) {
  RequestVariables environment;
  environment.set("A", "1");
  environment.set("B", "2");
  environment.set("A", "3");
  environment.set("AB", "");
  EXPECT_EQ(environment.value("A"), "3");
  EXPECT_THAT(entries(environment), ElementsAre("B=2", "A=3", "AB="));
  environment.set("B", "4");
  EXPECT_THAT(entries(environment), ElementsAre("A=3", "AB=", "B=4"));
}

TEST(Environment, SetWinsOverInherited) {
  const char* const server[] = {"PATH=/bin", "A=inherited", "LANG=C", nullptr};
  const auto inherited = InheritedEnvironment::everything(server);
  RequestVariables environment;
  environment.set("A", "set before");
  EXPECT_THAT(entries(environment, inherited), ElementsAre("PATH=/bin", "LANG=C", "A=set before"));
  EXPECT_EQ(environment.value("A"), "set before");
  EXPECT_EQ(inherited.value("LANG"), "C");
}

TEST(Environment, PointsAtWhatIsInheritedAndAtWhatTheRequestSets) {
  const char* const server[] = {"PATH=/bin", nullptr};
  const auto inherited = InheritedEnvironment::everything(server);
  RequestVariables environment;
  environment.set("A", "1");
  Envp envp;
  char* const* pointers = envp.fill(inherited, environment.packed());
  EXPECT_EQ(pointers[0], inherited.entries()[0].c_str());
  EXPECT_EQ(pointers[1], environment.packed().data());
}

TEST(Environment, ClearLeavesNothing) {
  RequestVariables environment;
  environment.set("A", "1");
  environment.clear();
  EXPECT_THAT(entries(environment), IsEmpty());
  environment.set("B", "2");
  EXPECT_THAT(entries(environment), ElementsAre("B=2"));
}

TEST(Environment, WhatNoEnvironmentCanCarry) {
  RequestVariables environment;
  environment.set("A"sv, "x\0y\0"sv);
  environment.set("B=C\0D"sv, "line\nline"sv);
  environment.set(""sv, "nameless"sv);
  environment.set_written("E", [](std::string& out) { out.append("1\0002", 3); });
  EXPECT_THAT(entries(environment), ElementsAre("A=x y ", "B_C_D=line\nline", "E=1 2"));
}

TEST(Environment, ManyNamesManyTimes) {
  RequestVariables environment;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) {
      environment.set("N" + std::to_string(i), std::to_string(round * 1000 + i));
    }
  }
  const auto all = entries(environment);
  ASSERT_EQ(all.size(), 500u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i], "N" + std::to_string(i) + "=" + std::to_string(2000 + i));
  }
}

std::string value_for_size(std::string_view name, std::size_t size_with_nul) {
  return std::string(size_with_nul - name.size() - 2, 'x');
}

int spawn_true(const RequestVariables& environment) {
  Envp envp;
  char name[] = "true";
  char* const argv[] = {name, nullptr};
  pid_t child = -1;
  const int error =
      posix_spawn(&child, "/bin/true", nullptr, nullptr, argv, envp.fill({}, environment.packed()));
  if (error == 0) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  return error;
}

TEST(Environment, LimitIsTheKernels) {
  RequestVariables environment;
  environment.set("BIG", value_for_size("BIG", kLongestVariable));
  EXPECT_EQ(environment.oversized(), "");
  EXPECT_EQ(spawn_true(environment), 0);
  environment.set("BIG", value_for_size("BIG", kLongestVariable + 1));
  EXPECT_EQ(environment.oversized(), "BIG");
  if (sysconf(_SC_PAGESIZE) == 4096) {
    EXPECT_EQ(spawn_true(environment), E2BIG);
  }
}

TEST(Environment, OversizedNamesTheFirstThatCounts) {
  RequestVariables environment;
  environment.set("A", value_for_size("A", kLongestVariable + 1));
  environment.set("B", "small");
  environment.set("C", value_for_size("C", kLongestVariable + 1));
  EXPECT_EQ(environment.oversized(), "A");
  environment.set("A", "small");
  EXPECT_EQ(environment.oversized(), "C");
  environment.set("C", "small");
  EXPECT_EQ(environment.oversized(), "");
}

}  // namespace
}  // namespace kamexec::request
