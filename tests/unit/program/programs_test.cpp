// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

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
  EXPECT_THAT(again.error().message, StartsWith("program b: it is defined twice: name one"));
  EXPECT_EQ(programs.find("b"), b);
  EXPECT_THAT(b->definition.run, ElementsAre("/bin/sh"));
  ASSERT_TRUE(programs.add(named("c"), {"/etc/p.conf", 3, {}}));
  const auto elsewhere = programs.add(named("c"), {"/etc/q.conf", 7, {}});
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(
      elsewhere.error().message,
      StartsWith(
          "/etc/q.conf:7: program c: it is defined twice (also at /etc/p.conf:3): name one"));
  EXPECT_EQ(programs.find("d"), nullptr);
  EXPECT_EQ(programs.find(""), nullptr);
  EXPECT_EQ(programs.unknown("d").message, "there is no program \"d\": there are a, b, c");
  EXPECT_EQ(programs.all().size(), 3U);
}

TEST(Registry, ListsNoMoreThanAScreenful) {
  Programs programs;
  for (int i = 10; i < 40; ++i) {
    ASSERT_TRUE(programs.add(named("p" + std::to_string(i))));
  }
  EXPECT_THAT(programs.unknown("x").message, HasSubstr("p29 and 10 more"));
}

TEST(Registry, LocatesAll) {
  Programs programs;
  ASSERT_TRUE(programs.add(named("a", "sh")));
  EXPECT_THAT(programs.locate("/nowhere:/bin"), IsEmpty());
  EXPECT_EQ(programs.find("a")->place.path, "/bin/sh");
  EXPECT_THAT(programs.check_permissions(), IsEmpty());
  ASSERT_TRUE(programs.add(named("b", "/nowhere/b")));
  ProgramDefinition wrong = named("c", "/nowhere/c");
  wrong.user = "kamexec-nobody";
  wrong.directory = "/nowhere";
  ASSERT_TRUE(programs.add(wrong, {"/etc/p.conf", 3, {{"run", 4}, {"user", 7}}}));
  EXPECT_THAT(
      programs.locate("/bin"),
      ElementsAre(HasSubstr("program b: run: "), StartsWith("/etc/p.conf:4: program c: run: "),
                  StartsWith("/etc/p.conf:3: program c: directory: "),
                  StartsWith("/etc/p.conf:7: program c: user: ")));
}

}  // namespace
}  // namespace kamexec::program
