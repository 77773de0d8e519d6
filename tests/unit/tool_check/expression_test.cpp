// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/expression.h"

#include <gtest/gtest.h>

namespace kamexec::tool::check {
namespace {

Defines some_defines() {
  Defines defines;
  static_cast<void>(defines.add("SET", {}));
  static_cast<void>(defines.add("ONE", {"1"}));
  static_cast<void>(defines.add("NAME", {"\"lcr\""}));
  static_cast<void>(defines.add("KAMAILIO_VERSION", {"5008003"}));
  static_cast<void>(defines.add("SECRET", {"", false}));
  return defines;
}

struct Case {
  const char* text;
  const char* value;  ///< nullptr: none
};

class ExpressionTest : public testing::TestWithParam<Case> {};

TEST_P(ExpressionTest, IsWhatTheServerMakesOfIt) {
  const auto result = evaluate(GetParam().text, some_defines());
  ASSERT_EQ(result.has_value(), GetParam().value != nullptr)
      << GetParam().text << (result ? "" : result.error().message);
  if (result) {
    EXPECT_EQ(result->text(), GetParam().value) << GetParam().text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ExpressionTest,
    testing::Values(
        Case{"", "0"}, Case{"5", "5"}, Case{"1.9", "1"}, Case{" SET ", "1"}, Case{"UNSET", "0"},
        Case{"ONE", "1"}, Case{"NAME", "lcr"}, Case{"'a\\'b'", "a'b"}, Case{"\"a\\tb\"", "a\tb"},
        Case{"5 # five", "5"}, Case{"NAME == 'lcr'", "1"}, Case{"NAME == \"lcr \"", "0"},
        Case{"NAME != 'x'", "1"}, Case{"ONE == 1", "1"}, Case{"1 == ONE", "1"},
        Case{"UNSET == 0", "1"}, Case{"KAMAILIO_VERSION >= 5008000", "1"},
        Case{"KAMAILIO_VERSION < 5008000", "0"}, Case{"5007000 < KAMAILIO_VERSION", "1"},
        Case{"NAME + '-' + 5", "lcr-5"}, Case{"5 + ONE", "6"}, Case{"ONE + 5", "15"},
        Case{"1 + 2 * 3", "7"}, Case{"(1 + 2) * 3", "9"}, Case{"10 - 3 - 2", "5"},
        Case{"2 ** 3 ** 2", "512"}, Case{"-2 ** 2", "4"}, Case{"2 ** 3 * 2", "16"},
        Case{"2 * 3 ** 2", "18"}, Case{"7 % 4", "3"}, Case{"1 << 4", "16"}, Case{"6 & 3 | 8", "10"},
        Case{"1 < 2 == 1", "1"}, Case{"!SET", "0"}, Case{"!UNSET", "1"}, Case{"!!SET", "1"},
        Case{"SET && UNSET", "0"}, Case{"SET || UNSET", "1"}, Case{"UNSET && 1 / 0", "0"},
        Case{"SET || !NAME", "1"}, Case{"7 && 5", "5"}, Case{"UNSET || 3", "3"},
        Case{"1 << 33", "2"}, Case{"(X) = 4", "4"}, Case{"X = 5, X + 1", "6"},
        // What the server evaluates to nothing.
        Case{"!ONE", nullptr}, Case{"! SET", nullptr}, Case{"ONE - 1", nullptr},
        Case{"1 / 0", nullptr}, Case{"SET && 1 / 0", nullptr}, Case{"5.7.1", nullptr},
        Case{"(1", nullptr}, Case{"1)", nullptr}, Case{"1 2", nullptr}, Case{"1 +", nullptr},
        Case{"defined(SET)", nullptr}, Case{"'a", nullptr}, Case{"5 = 6", nullptr},
        Case{"1 ! 2", nullptr}, Case{"()", nullptr}));

TEST(Expression, IsTrueAsInTheServer) {
  const Defines defines = some_defines();
  EXPECT_TRUE(evaluate("NAME", defines)->is_true());
  EXPECT_TRUE(evaluate("'0'", defines)->is_true());
  EXPECT_FALSE(evaluate("''", defines)->is_true());
  EXPECT_FALSE(evaluate("0.0", defines)->is_true());
  EXPECT_TRUE(evaluate("0.5", defines)->is_true());
}

TEST(Expression, SaysWhatItCanNotKnow) {
  const Defines defines = some_defines();
  EXPECT_TRUE(evaluate("SECRET", defines)->is_doubtful);
  EXPECT_TRUE(evaluate("NAME && SET", defines)->is_doubtful) << "a string's bytes as a number";
  EXPECT_FALSE(evaluate("NAME == 'x' && SET", defines)->is_doubtful);
}

TEST(Expression, IsNotExhaustedByNesting) {
  for (const char* piece : {"(", "!", "1**", "-", "X="}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
      text += piece;
    }
    EXPECT_FALSE(evaluate(text + "1", some_defines())) << piece;
  }
}

}  // namespace
}  // namespace kamexec::tool::check
