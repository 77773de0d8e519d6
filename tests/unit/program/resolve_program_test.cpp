// SPDX-License-Identifier: GPL-2.0-or-later
// Definitions against this machine: files and accounts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <cerrno>

#include "process/sandbox.h"
#include "program/read_program.h"
#include "program/resolved_program.h"

namespace kamexec::program {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LocateProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    program_ = directory_ + "/lcr";
    plain_ = directory_ + "/plain";
    std::ofstream(program_) << "#!/bin/sh\n";
    std::ofstream(plain_) << "text\n";
    ASSERT_EQ(::chmod(program_.c_str(), 0755), 0);
    ASSERT_EQ(::chmod(plain_.c_str(), 0644), 0);
  }
  void TearDown() override {
    ::unlink(program_.c_str());
    ::unlink(plain_.c_str());
    ::rmdir(directory_.c_str());
  }

  Result<ResolvedProgram> locate(const std::string& text) const {
    const auto definition = read_program("name=p; " + text);
    EXPECT_TRUE(definition) << definition.error().message;
    ResolvedProgram place;
    const auto mistakes = resolve_program(*definition, "/nowhere:" + directory_, place);
    return mistakes.empty() ? Result<ResolvedProgram>(std::move(place))
                            : failure(text_of(mistakes.front(), definition->name));
  }
  std::string complaint(const std::string& text) const {
    const auto place = locate(text);
    EXPECT_FALSE(place) << text;
    return place ? std::string() : place.error().message;
  }

  std::string directory_ = "/tmp/kamexec-test-XXXXXX";
  std::string program_;
  std::string plain_;
};

TEST_F(LocateProgram, ByPathAndByName) {
  const auto by_path = locate("run=" + program_ + " x");
  ASSERT_TRUE(by_path) << by_path.error().message;
  EXPECT_EQ(by_path->path, program_);
  EXPECT_FALSE(by_path->identity);
  const auto by_name = locate("run=lcr; directory=" + directory_);
  ASSERT_TRUE(by_name) << by_name.error().message;
  EXPECT_EQ(by_name->path, program_);
}

TEST_F(LocateProgram, AnInterpreterThatIsMissingIsNamed) {
  const std::string script = directory_ + "/script";
  std::ofstream(script) << "#!/bin/sh\r\nexit 0\r\n";
  ASSERT_EQ(::chmod(script.c_str(), 0755), 0);
  EXPECT_THAT(complaint("run=" + script),
              AllOf(HasSubstr("program p: run: "), HasSubstr("/bin/sh\\r is not there"),
                    HasSubstr("CR LF")));
  std::ofstream(script) << "#!/usr/bin/env sh\r\nexit 0\r\n";
  EXPECT_THAT(complaint("run=" + script), HasSubstr("/usr/bin/env sh\\r is not there"));
  std::ofstream(script) << "#!/bin/sh\nexit 0\n";
  EXPECT_TRUE(locate("run=" + script));
}

TEST_F(LocateProgram, WhatIsMissingIsNamed) {
  EXPECT_THAT(complaint("run=/nowhere/lcr"),
              AllOf(HasSubstr("program p: run: "), HasSubstr("\"/nowhere/lcr\""),
                    HasSubstr("No such file or directory")));
  EXPECT_THAT(complaint("run=no-such-program"),
              AllOf(HasSubstr("run: there is no program \"no-such-program\""), HasSubstr("PATH")));
  EXPECT_THAT(complaint("run=plain"), HasSubstr("no program \"plain\""));
  EXPECT_THAT(complaint("run=" + plain_), AllOf(HasSubstr("run: "), HasSubstr("chmod +x")));
  EXPECT_THAT(complaint("run=" + directory_), HasSubstr("is not a file"));
  EXPECT_THAT(complaint("run=lcr; directory=/nowhere"),
              AllOf(HasSubstr("directory: "), HasSubstr("\"/nowhere\"")));
  EXPECT_THAT(complaint("run=lcr; directory=" + plain_), HasSubstr("is not a directory"));
  EXPECT_THAT(complaint("run=lcr; user=kamexec-nobody"),
              HasSubstr("user: there is no user \"kamexec-nobody\""));
  EXPECT_THAT(complaint("run=lcr; group=kamexec-nobody"),
              HasSubstr("group: there is no group \"kamexec-nobody\""));
}

TEST_F(LocateProgram, AUserBringsItsGroups) {
  const passwd* entry = ::getpwnam("nobody");
  if (entry == nullptr) {
    GTEST_SKIP() << "no user nobody here";
  }
  const uid_t user = entry->pw_uid;
  const gid_t group = entry->pw_gid;
  for (const std::string& name : {std::string("nobody"), std::to_string(user)}) {
    const auto place = locate("run=lcr; user=" + name);
    ASSERT_TRUE(place) << place.error().message;
    ASSERT_TRUE(place->identity);
    EXPECT_EQ(place->identity->user, user);
    EXPECT_EQ(place->identity->group, group);
    EXPECT_THAT(place->identity->supplementary, Contains(group));
  }
  const auto with_group = locate("run=lcr; user=nobody; group=4711");
  ASSERT_TRUE(with_group && with_group->identity);
  EXPECT_EQ(with_group->identity->group, 4711U);
  EXPECT_THAT(with_group->identity->supplementary, Contains(group));
}

TEST_F(LocateProgram, AGroupAloneIsAllThereIs) {
  const auto place = locate("run=lcr; group=4711");
  ASSERT_TRUE(place && place->identity);
  EXPECT_EQ(place->identity->user, ::geteuid());
  EXPECT_EQ(place->identity->group, 4711U);
  EXPECT_THAT(place->identity->supplementary, ElementsAre(4711U));
}

TEST_F(LocateProgram, ANumberWithoutAnAccountNeedsAGroup) {
  constexpr uid_t kFreeNumber = 3'999'999'999;
  ASSERT_EQ(::getpwuid(kFreeNumber), nullptr);
  EXPECT_THAT(complaint("run=lcr; user=3999999999"), HasSubstr("write group, too"));
  const auto place = locate("run=lcr; user=3999999999; group=5");
  ASSERT_TRUE(place && place->identity);
  EXPECT_EQ(*place->identity, (process::Identity{kFreeNumber, 5, {}}));
}

TEST_F(LocateProgram, NumbersThatAreNoIds) {
  for (const char* id : {"4294967295", "4294967296", "-1"}) {
    EXPECT_THAT(complaint("run=lcr; user=" + std::string(id)), HasSubstr("there is no user"));
    EXPECT_THAT(complaint("run=lcr; group=" + std::string(id)), HasSubstr("there is no group"));
  }
}

std::vector<Mistake> mistakes_of(const std::string& text, const process::KernelAbilities& abilities,
                                 ResolvedProgram& place) {
  const auto definition = read_program("name=p; run=/bin/true; " + text);
  EXPECT_TRUE(definition) << definition.error().message;
  return resolve_program(*definition, "", place, abilities);
}

TEST(ResolveSandbox, WhatTheKernelLacksIsAMistakeOrAWarning) {
  const process::KernelAbilities none{0, ENOSYS, false};
  ResolvedProgram place;
  const std::vector<Mistake> all = mistakes_of("sandbox=strict", none, place);
  ASSERT_EQ(all.size(), 4U);
  for (const Mistake& mistake : all) {
    EXPECT_EQ(mistake.attribute, "sandbox");
    EXPECT_THAT(mistake.message, HasSubstr("try:"));
  }
  EXPECT_EQ(place.sandbox, nullptr);
  EXPECT_TRUE(mistakes_of("sandbox=try:strict", none, place).empty());
  ASSERT_NE(place.sandbox, nullptr);
  EXPECT_EQ(place.sandbox->left_out().size(), 4U);
  EXPECT_TRUE(mistakes_of("no_new_privileges=yes", none, place).empty());
  EXPECT_EQ(place.sandbox, nullptr);
}

TEST(ResolveSandbox, AUserOfItsOwnStandsInForScopedSignals) {
  const process::KernelAbilities here = process::kernel_abilities();
  if (here.landlock_abi < 1 || !here.seccomp) {
    GTEST_SKIP() << "needs Landlock and seccomp";
  }
  const process::KernelAbilities older{std::min(here.landlock_abi, 5), 0, true};
  ResolvedProgram place;
  EXPECT_EQ(mistakes_of("sandbox=strict", older, place).size(), 1U);
  EXPECT_EQ(mistakes_of("sandbox=strict; user=root", older, place).size(), 1U);
  const bool is_nobody = ::getpwnam("nobody") != nullptr && ::geteuid() == 0;
  if (is_nobody) {
    EXPECT_TRUE(mistakes_of("sandbox=strict; user=nobody", older, place).empty());
    EXPECT_TRUE(place.sandbox->relies_on_user());
    // A server that has become that user by now.
    place.identity.reset();
    const auto definition = read_program("name=p; run=/bin/true; sandbox=strict; user=nobody");
    const auto mistakes = check_permission(*definition, place);
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_THAT(mistakes.front().message, HasSubstr("name another user"));
  }
}

}  // namespace
}  // namespace kamexec::program
