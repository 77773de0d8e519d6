// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/given_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

using testing::HasSubstr;

TEST(GivenValues, AreFoundByAnySpelling) {
  GivenValues given;
  ASSERT_TRUE(given.add("$avp(x)=a=b"));
  ASSERT_TRUE(given.add("$(rU)=bob"));
  ASSERT_TRUE(given.add("$(ru{s.len})=7"));
  ASSERT_TRUE(given.add("$fU"));
  EXPECT_EQ(given.find("$(avp(x))")->text, "a=b");
  EXPECT_EQ(given.find("$rU")->text, "bob");
  EXPECT_EQ(given.find("$(ru{s.len})")->text, "7");
  EXPECT_FALSE(given.find("$ru"));
  EXPECT_EQ(given.find("$fU")->kind, Value::Kind::null);
  EXPECT_FALSE(given.find("$(rU{s.len})"));
  EXPECT_EQ(given.find("$(rU{s.len})", true)->text, "bob");
  EXPECT_FALSE(given.find("$avp(y)"));
}

TEST(GivenValues, TheLastCounts) {
  GivenValues given;
  ASSERT_TRUE(given.add("$rU=1"));
  ASSERT_TRUE(given.add("$rU=2"));
  EXPECT_EQ(given.find("$rU")->text, "2");
}

TEST(GivenValues, NeedAVariable) {
  GivenValues given;
  for (const char* text : {"", "rU=1", "$HOME=1", "$rU x", "$$=1", "$avp(x"}) {
    const Result<void> added = given.add(text);
    ASSERT_FALSE(added) << text;
    EXPECT_THAT(added.error().message, HasSubstr("--set '$avp(x)=value'")) << text;
  }
}

}  // namespace
}  // namespace kamexec::tool
