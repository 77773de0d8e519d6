// SPDX-License-Identifier: GPL-2.0-or-later
// Errors: where they are, what they say, and what to write instead.
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

struct Refused {
  const char* text;
  const char* place;
  const char* words;   ///< somewhere in the message
  const char* remedy;  ///< somewhere in the remedy
};

const Refused kRefused[] = {
    {"a $((¤))", "1:6", "$v1 can't be used here: the shell evaluates it as arithmetic", "a number"},
    {"a ¤\nb $(( 1 + ¤ ))", "2:11", "$v2 can't be used here", "a number"},
    {"a ${x:¤}", "1:7", "$v1 can't be used here", "outside"},
    {"a <<'E'\nb\n¤\nE", "3:1", "quoted delimiter", "remove the quotes"},
    {"a <<E¤\n\nE", "1:6", "delimiter of a here-document", "fixed word"},
    {"a b\\¤", "1:5", "$v1 can't be used here: a backslash is directly before it", "remove"},
    {"a \"\\¤\"", "1:5", "backslash", "remove the backslash"},
    {"a $¤", "1:4", "name a shell variable", "remove the '$'"},
    {"a $'¤'", "1:5", "$'...'", "'...'"},
    {"a 'b\n¤", "1:3", "single quote that begins here is not closed", "another '"},
    {"a ¤ \"b", "1:7", "double quote that begins here is not closed", "another \""},
    {"a `b ¤", "1:3", "backquote that begins here is not closed", "another `"},
    {"a $(b ¤", "1:4", "not closed", ")"},
    {"a ${b:-¤", "1:8", "not closed", "}"},
    {"a $((1", "1:4", "not closed", "close"},
    {"a $(b <<E\n¤\nE)", "1:4", "not closed", ")"},
    {"a ¤ \\", "1:7", "ends in a backslash", "two"},
    {"[[ ¤ -eq 1 ]]", "1:4", "$v1 can't be used here: it is evaluated by -eq", "case"},
    {"[[ a && 1 -lt ¤ ]]", "1:15", "evaluated by -lt", "case"},
    {"test -v ¤", "1:9", "evaluated by -v", "fixed"},
    {"x[¤]=1", "1:1", "index of an array", "fixed"},
    {"read ¤", "1:6", "used by read as a variable's name", "fixed"},
    {"export a¤=b", "1:8", "used by export as a variable's name", "fixed"},
    {"printf -v ¤ a", "1:11", "printf -v", "fixed"},
    {"a \"${b:-'¤'}\"", "1:10", "quotes inside ${...}", "inner quotes"},
};

TEST(RefusalFinding, TellsPlaceAndRemedy) {
  for (const Refused& refused : kRefused) {
    SCOPED_TRACE(refused.text);
    const Preparation preparation = prepared(refused.text);
    EXPECT_FALSE(preparation.command);
    ASSERT_FALSE(preparation.findings.empty());
    const Finding& finding = preparation.findings.front();
    EXPECT_EQ(finding.severity, Finding::Severity::error);
    EXPECT_EQ(std::to_string(finding.line) + ":" + std::to_string(finding.column), refused.place);
    EXPECT_NE(finding.message.find(refused.words), std::string::npos) << finding.message;
    EXPECT_NE(finding.remedy.find(refused.remedy), std::string::npos) << finding.remedy;
  }
}

TEST(RefusalOfNul, IsOfTheWholeText) {
  Preparation preparation = prepare({{false, std::string("a\0b", 3)}});
  EXPECT_FALSE(preparation.command);
  EXPECT_EQ(findings(preparation, Finding::Severity::error),
            std::vector<std::string>{"1:1 there is a NUL byte in the text"});
}

TEST(RefusalPlace, CountsVariablesByTheirNames) {
  const CommandTemplate parts = {
      {false, "a "}, {true, "$hdr(X-Long)"}, {false, " $(("}, {true, "$rU"}, {false, "))"}};
  const Preparation preparation = prepare(parts);
  ASSERT_FALSE(preparation.findings.empty());
  EXPECT_EQ(preparation.findings[0].column, 19U);
  EXPECT_EQ(preparation.findings[0].message.substr(0, 3), "$rU");
}

TEST(RefusalCount, IsBounded) {
  std::string text = "a";
  for (int i = 0; i < 1000; ++i) {
    text += " $((¤)) \\¤";
  }
  EXPECT_LE(prepared(text).findings.size(), 64U);
  EXPECT_GE(prepared(text).findings.size(), 2U);
}

TEST(AllowedNames, AreFixedOnes) {
  for (const char* text : {"export X=¤", "readonly X='¤'", "declare X=\"¤\"", "local X+=¤",
                           "typeset -r X=¤", "export X=$(a ¤)", "x[1]=¤", "a x[¤]",
                           "a x[¤]y=", "[ ¤ -eq 1 ]", "[[ ¤ == 1 ]]", "[[ -n ¤ && $X -eq 1 ]]",
                           "printf -- ¤", "unset x; a ¤", "read x; a ¤", "a -v ¤", "a -eq ¤"}) {
    EXPECT_TRUE(prepared(text).command) << text << "\n" << constant_text(text);
  }
}

}  // namespace
}  // namespace kamexec::command
