// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/substitution.h"

#include <gtest/gtest.h>

namespace kamexec::tool::check {
namespace {

struct Case {
  const char* rule;
  const char* text;
  const char* result;
};

class Substitutions : public testing::TestWithParam<Case> {};

TEST_P(Substitutions, ReplaceAsTheServerDoes) {
  const auto rule = Substitution::read(GetParam().rule, Defines());
  ASSERT_TRUE(rule.has_value()) << rule.error().message;
  std::string text = GetParam().text;
  const bool changed = rule->apply(text);
  EXPECT_EQ(changed, text != GetParam().text);
  EXPECT_EQ(text, GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    All, Substitutions,
    testing::Values(Case{"/a/b/", "aaa", "baa"}, Case{"/a/b/g", "aXa", "bXb"},
                    Case{"!A!b!gi", "aA", "bb"}, Case{"/(x)(y)/\\2\\1\\0/", "xy", "yxxy"},
                    Case{"/a/\\n\\t\\$\\\\/", "a", "\n\t$\\"}, Case{"/a\\/b/c/", "a/b", "c"},
                    Case{"/a*/b/g", "xay", "xay"}, Case{"/^a/b/g", "aa", "ba"},
                    Case{"/none/b/", "a", "a"}, Case{"/a//g", "banana", "bnn"},
                    Case{"/a$/b/", "a\na", "b\na"}, Case{"/a.b/c/s", "a\nb", "c"},
                    Case{"/a.b/c/", "a\nb", "a\nb"}));

TEST(Substitutions, ThatCanNotBeEvaluatedAreErrors) {
  for (const char* rule :
       {"", "/a", "/a/b", "\\a\\b\\", "/(/b/", "/a/$ru/", "/a/\\u/", "/a/b/x", "/a{2}/b/",
        "/(a)\\1/b/", "/a/$env(KAMEXEC_NO_SUCH)/", "/a/$def(NONE)/", "/a/$def(/"}) {
    EXPECT_FALSE(Substitution::read(rule, Defines()).has_value()) << rule;
  }
  EXPECT_FALSE(Substitution::read("/" + std::string(300, 'a') + "/b/", Defines()).has_value());
}

TEST(Substitutions, EvaluateDefines) {
  Defines defines;
  ASSERT_TRUE(defines.add("MODE", {"fast"}));
  const auto rule = Substitution::read("/M/x-$def(MODE)/", defines);
  ASSERT_TRUE(rule.has_value());
  EXPECT_EQ(rule->expression(), "M");
  EXPECT_EQ(rule->value(), "x-fast");
}

}  // namespace
}  // namespace kamexec::tool::check
