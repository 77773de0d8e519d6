// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

using testing::ElementsAre;

/// "text|<variable>|text"
std::string read(std::string_view text) {
  std::string parts;
  for (const TemplatePart& part : read_positional(text).parts) {
    parts += (parts.empty() ? "" : "|") + (part.is_variable ? "<" + part.text + ">" : part.text);
  }
  return parts;
}

TEST(PositionalTemplate, TakesNumbersForVariables) {
  EXPECT_EQ(read("a $1 b${2}c"), "a |<$1>| b|<${2}>|c");
  EXPECT_EQ(read("$9$1"), "<$9>|<$1>");
  EXPECT_EQ(read("'$1' \"$1\""), "'|<$1>|' \"|<$1>|\"");
  EXPECT_EQ(read("$12"), "<$1>|2");
}

TEST(PositionalTemplate, LeavesOtherDollarsToTheShell) {
  EXPECT_EQ(read("$0 $x ${x} ${10} ${1 ${1:-a} $ $"), "$0 $x ${x} ${10} ${1 ${1:-a} $ $");
  EXPECT_EQ(read("$(a) $((1)) $@"), "$(a) $((1)) $@");
  EXPECT_EQ(read(""), "");
}

TEST(PositionalTemplate, TakesTwoDollarsForOneOfTheShell) {
  EXPECT_EQ(read("$$HOME $$1 $$$1 $$$$"), "$HOME $1 $|<$1>| $$");
}

TEST(PositionalTemplate, TellsWhichValueEachVariableTakes) {
  EXPECT_THAT(read_positional("$2 $1 ${2} $9").order, ElementsAre(1, 0, 1, 8));
  EXPECT_TRUE(read_positional("a").order.empty());
}

TEST(FixedText, IsMoreThanBlanksAndQuotes) {
  for (const char* text : {"¤", " ¤ ", "\"¤\"", "'¤'\n", "¤¤", "", "  ", "\"\""}) {
    EXPECT_FALSE(has_fixed_text(template_of(text))) << text;
  }
  for (const char* text : {"a", "a ¤", "¤ a", "¤;", "¤ | b", "\"¤a\""}) {
    EXPECT_TRUE(has_fixed_text(template_of(text))) << text;
  }
}

}  // namespace
}  // namespace kamexec::command
