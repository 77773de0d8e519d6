// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  EXPECT_THAT(again.error().message, HasSubstr("program b is defined twice"));
  EXPECT_EQ(programs.find("b"), b);
  EXPECT_THAT(b->definition.run, ElementsAre("/bin/sh"));
  EXPECT_EQ(programs.find("c"), nullptr);
  EXPECT_EQ(programs.find(""), nullptr);
  EXPECT_EQ(programs.unknown("c").message, "there is no program \"c\": there are a, b");
  EXPECT_EQ(programs.all().size(), 2U);
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
  ASSERT_TRUE(programs.locate("/nowhere:/bin"));
  EXPECT_EQ(programs.find("a")->place.path, "/bin/sh");
  EXPECT_TRUE(programs.check_permissions());
  ASSERT_TRUE(programs.add(named("b", "/nowhere/b")));
  const auto located = programs.locate("/bin");
  ASSERT_FALSE(located);
  EXPECT_THAT(located.error().message, HasSubstr("program b: run: "));
}

}  // namespace
}  // namespace kamexec::program
