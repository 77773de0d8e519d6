// SPDX-License-Identifier: GPL-2.0-or-later
// Definitions against this machine: files, accounts, permissions.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "program/located_program.h"
#include "program/programs.h"
#include "program/read_program.h"

namespace kamexec {
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

  Result<ProgramPlace> locate(const std::string& text) const {
    const auto definition = read_program("name=p; " + text);
    EXPECT_TRUE(definition) << definition.error().message;
    return locate_program(*definition, "/nowhere:" + directory_);
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

TEST_F(LocateProgram, WhatIsMissingIsNamed) {
  EXPECT_THAT(complaint("run=/nowhere/lcr"),
              AllOf(HasSubstr("program p: run: "), HasSubstr("\"/nowhere/lcr\""),
                    HasSubstr("No such file or directory")));
  EXPECT_THAT(complaint("run=no-such-program"),
              AllOf(HasSubstr("run: there is no program \"no-such-program\""), HasSubstr("PATH")));
  EXPECT_THAT(complaint("run=plain"), HasSubstr("no program \"plain\""));
  EXPECT_THAT(complaint("run=" + plain_), AllOf(HasSubstr("run: "), HasSubstr("chmod +x")));
  EXPECT_THAT(complaint("run=" + directory_), HasSubstr("is no file"));
  EXPECT_THAT(complaint("run=lcr; directory=/nowhere"),
              AllOf(HasSubstr("directory: "), HasSubstr("\"/nowhere\"")));
  EXPECT_THAT(complaint("run=lcr; directory=" + plain_), HasSubstr("is no directory"));
  EXPECT_THAT(complaint("run=lcr; user=kamexec-nobody"),
              HasSubstr("user: there is no user \"kamexec-nobody\""));
  EXPECT_THAT(complaint("run=lcr; group=kamexec-nobody"),
              HasSubstr("group: there is no group \"kamexec-nobody\""));
}

TEST_F(LocateProgram, AUserBringsItsGroups) {
  const passwd* entry = ::getpwnam("nobody");
  if (entry == nullptr)
    GTEST_SKIP() << "no user nobody here";
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
  constexpr uid_t free_number = 3'999'999'999;
  ASSERT_EQ(::getpwuid(free_number), nullptr);
  EXPECT_THAT(complaint("run=lcr; user=3999999999"), HasSubstr("write group, too"));
  const auto place = locate("run=lcr; user=3999999999; group=5");
  ASSERT_TRUE(place && place->identity);
  EXPECT_EQ(*place->identity, (Identity{free_number, 5, {}}));
}

TEST_F(LocateProgram, NumbersThatAreNoIds) {
  for (const char* id : {"4294967295", "4294967296", "-1"}) {
    EXPECT_THAT(complaint("run=lcr; user=" + std::string(id)), HasSubstr("there is no user"));
    EXPECT_THAT(complaint("run=lcr; group=" + std::string(id)), HasSubstr("there is no group"));
  }
}

/// What @p function says in a process that runs as @p user, with no capabilities.
std::string said_as(uid_t user, const std::function<std::string()>& function) {
  int said[2];
  if (::pipe(said) != 0)
    return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const gid_t group = user;
    const bool changed = ::setgroups(1, &group) == 0 && ::setresgid(group, group, group) == 0 &&
                         ::setresuid(user, user, user) == 0;
    const std::string text = changed ? function() : "could not change";
    ::_exit(::write(said[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  ::close(said[1]);
  std::string text(4096, '\0');
  const ssize_t size = ::read(said[0], text.data(), text.size());
  ::close(said[0]);
  ::waitpid(child, nullptr, 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

constexpr uid_t ordinary = 65533;

std::string permission(const ProgramDefinition& program, ProgramPlace place) {
  const auto checked = check_permission(program, place);
  return checked ? (place.identity ? "changes" : "stays") : checked.error().message;
}

TEST(CheckPermission, AnOrdinaryServerMayNotBecomeAnother) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root to become an ordinary user";
  ProgramDefinition program;
  program.name = "p";
  const ProgramPlace place{"/bin/true", Identity{1, 1, {1}}};
  EXPECT_EQ(permission(program, place), "changes");
  EXPECT_THAT(said_as(ordinary, [&] { return permission(program, place); }),
              AllOf(HasSubstr("program p: user and group: "), HasSubstr("user 65533"),
                    HasSubstr("CAP_SETUID"), HasSubstr("leave them out")));
}

TEST(CheckPermission, WhatTheServerIsAlreadyNeedsNoChange) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root to become an ordinary user";
  const ProgramPlace same{"/bin/true", Identity{ordinary, ordinary, {ordinary}}};
  const ProgramPlace other_group{"/bin/true", Identity{ordinary, 1, {ordinary}}};
  const ProgramPlace more_groups{"/bin/true", Identity{ordinary, ordinary, {ordinary, 1}}};
  EXPECT_EQ(said_as(ordinary, [&] { return permission({}, same); }), "stays");
  EXPECT_THAT(said_as(ordinary, [&] { return permission({}, other_group); }), HasSubstr("may not"));
  EXPECT_THAT(said_as(ordinary, [&] { return permission({}, more_groups); }), HasSubstr("may not"));
}

TEST(CheckPermission, ALimitAboveTheServersOwn) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root to become an ordinary user";
  ProgramDefinition program;
  program.limits.files = 100;
  const std::string said = said_as(ordinary, [&] {
    const rlimit low{50, 60};
    ::setrlimit(RLIMIT_NOFILE, &low);
    return permission(program, {"/bin/true", {}});
  });
  EXPECT_THAT(said, AllOf(HasSubstr("files: 100"), HasSubstr("may have itself, 60")));
  program.limits.files = 60;
  EXPECT_EQ(said_as(ordinary,
                    [&] {
                      const rlimit low{50, 60};
                      ::setrlimit(RLIMIT_NOFILE, &low);
                      return permission(program, {"/bin/true", {}});
                    }),
            "stays");
}

TEST(CheckPermission, ACountOfProcessesDoesNotHoldForRoot) {
  ProgramDefinition program;
  program.limits.processes = 10;
  const ProgramPlace as_root{"/bin/true", Identity{0, 0, {0}}};
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  EXPECT_THAT(permission(program, as_root), HasSubstr("processes: "));
  EXPECT_THAT(permission(program, {"/bin/true", {}}), HasSubstr("name a user"));
  EXPECT_EQ(permission(program, {"/bin/true", Identity{1, 1, {1}}}), "changes");
}

ProgramDefinition named(const std::string& name, const std::string& run = "/bin/sh") {
  ProgramDefinition definition;
  definition.name = name;
  definition.run = {run};
  return definition;
}

TEST(Registry, FindsByNameAndRefusesASecondOfOneName) {
  Programs programs;
  EXPECT_THAT(programs.unknown("a").message, HasSubstr("none is defined"));
  ASSERT_TRUE(programs.add(named("b")));
  const Program* b = programs.find("b");
  ASSERT_TRUE(programs.add(named("a")));
  const auto again = programs.add(named("b", "/bin/other"));
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("program b: there is one of that name"));
  EXPECT_EQ(programs.find("b"), b);
  EXPECT_THAT(b->definition.run, ElementsAre("/bin/sh"));
  EXPECT_EQ(programs.find("c"), nullptr);
  EXPECT_EQ(programs.find(""), nullptr);
  EXPECT_EQ(programs.unknown("c").message, "there is no program \"c\": there are a, b");
  EXPECT_EQ(programs.all().size(), 2U);
}

TEST(Registry, ListsNoMoreThanAScreenful) {
  Programs programs;
  for (int i = 10; i < 40; ++i)
    ASSERT_TRUE(programs.add(named("p" + std::to_string(i))));
  EXPECT_THAT(programs.unknown("x").message, AllOf(HasSubstr("p29 and 10 more")));
}

TEST(Registry, LocatesAll) {
  Programs programs;
  ASSERT_TRUE(programs.add(named("a", "sh")));
  ASSERT_TRUE(programs.locate("/nowhere:/bin"));
  EXPECT_EQ(programs.find("a")->place.path, "/bin/sh");
  EXPECT_TRUE(programs.check_permissions());
  ASSERT_TRUE(programs.add(named("b", "/nowhere/b")));
  const auto located = programs.locate("/bin");
  ASSERT_FALSE(located);
  EXPECT_THAT(located.error().message, HasSubstr("program b: run: "));
}

}  // namespace
}  // namespace kamexec
