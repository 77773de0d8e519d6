// SPDX-License-Identifier: GPL-2.0-or-later
// Values that an interpreter would read as code, or that choose what runs.
#include <gtest/gtest.h>

#include <chrono>

#include "command/known_programs.h"
#include "interpreted_texts.h"
#include "template_text.h"

namespace kamexec::command {
namespace {

PrepareOptions as_in_a_server(Sends sends = Sends::value) {
  PrepareOptions options;
  options.environment_is_callers = true;
  options.input = sends == Sends::message ? "the message" : "";
  return options;
}

std::vector<std::string> errors(std::string_view text, const PrepareOptions& options) {
  return findings(prepared(text, options), Finding::Severity::error);
}

TEST(Interpreted, TextsAreRefusedAndTheWayIsNamed) {
  for (const InterpretedText& one : interpreted_texts()) {
    const Preparation preparation = prepared(one.text, as_in_a_server(one.sends));
    EXPECT_FALSE(preparation.command) << one.text;
    bool is_named = false;
    for (const Finding& finding : preparation.findings) {
      is_named = is_named || finding.message.find(one.sink) != std::string::npos;
      EXPECT_FALSE(finding.remedy.empty()) << one.text;
    }
    EXPECT_TRUE(is_named) << one.text << "\n" << one.sink;
  }
}

TEST(Interpreted, TextsWithDataAreNotRefused) {
  for (const char* text : data_texts()) {
    const std::vector<std::string> all = errors(text, as_in_a_server());
    EXPECT_TRUE(all.empty()) << text << "\n" << all.front();
  }
}

TEST(Interpreted, CommandsMayComeFromInputOfTheOperators) {
  for (const char* text : {"a | xargs env; b -- ¤", "a | xargs xargs env; b -- ¤",
                           "a | xargs -n1 timeout 5; b -- ¤", "a | xargs; b -- ¤"}) {
    EXPECT_TRUE(errors(text, as_in_a_server()).empty()) << text;
  }
}

TEST(Interpreted, FilesThatTheTextNamesAreNotTheMessage) {
  for (const char* text : {"bash -c \"$(cat /opt/run)\"", "cat /opt/run | sh", "cat -- F G | sh",
                           "head -n 1 F | sh", "tail --lines=5 F | sh"}) {
    EXPECT_TRUE(errors(text, as_in_a_server(Sends::message)).empty()) << text;
  }
}

TEST(Interpreted, ValuesOfTheServersOwnAreClean) {
  PrepareOptions options = as_in_a_server();
  options.facts_of = [](std::string_view) { return ValueFacts{false, true, false}; };
  for (const char* text : {"sh -c 'a ¤'", "x=¤; eval a $x", "echo $((¤ - 3600))", "echo ¤ | sh",
                           "/opt/lcr-¤ a", "test ¤ -gt 3", "head -¤ F"}) {
    EXPECT_TRUE(prepared(text, options).command) << text;
    for (const std::string& warning :
         findings(prepared(text, options), Finding::Severity::warning)) {
      EXPECT_NE(warning.find("there is no program"), std::string::npos) << text << "\n" << warning;
    }
  }
}

TEST(Interpreted, EnvironmentAndInputCountWhereTheyAreACallers) {
  EXPECT_TRUE(errors("eval a $SIP_USER", {}).empty());
  EXPECT_TRUE(errors("cat | sh", {}).empty());
  EXPECT_EQ(errors("eval a $SIP_USER", as_in_a_server()).size(), 1U);
  EXPECT_EQ(errors("cat | sh", as_in_a_server(Sends::message)).size(), 1U);
  EXPECT_TRUE(errors("eval a $SIP_TID $SIP_SRCIP", as_in_a_server()).empty());
}

TEST(Interpreted, WayIsTold) {
  const std::vector<std::string> all = errors("n=¤; m=x$n; sh -c \"a $m\"", as_in_a_server());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], "1:21 $v1 can't be used here: sh -c reads it as code ($v1 -> n -> m -> sh -c)");
}

TEST(Interpreted, PlaceIsLetPassByName) {
  const std::string text = "# kamexec: allow awk, sh\nsh -c 'a ¤'";
  const Preparation preparation = prepared(text, as_in_a_server());
  EXPECT_TRUE(preparation.command);
  const std::vector<std::string> warnings = findings(preparation, Finding::Severity::warning);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0],
            "2:7 $v1: sh -c reads it as code ($v1 -> sh -c), allowed by # kamexec: allow sh");
  EXPECT_TRUE(preparation.findings[0].is_let_pass);
  for (const char* other :
       {"# kamexec: allow awk\nsh -c 'a ¤'", "echo '# kamexec: allow sh'; sh -c 'a ¤'",
        "sh -c 'a ¤' x# kamexec: allow sh", "# allow sh\nsh -c 'a ¤'"}) {
    EXPECT_FALSE(prepared(other, as_in_a_server()).command) << other;
  }
}

TEST(Interpreted, PolicyMakesWarningsOfErrors) {
  PrepareOptions options = as_in_a_server();
  options.interpreted = InterpretedValues::warn;
  const Preparation preparation = prepared("sh -c 'a ¤'", options);
  EXPECT_TRUE(preparation.command);
  ASSERT_EQ(preparation.findings.size(), 1U);
  EXPECT_EQ(preparation.findings[0].severity, Finding::Severity::warning);
  EXPECT_TRUE(preparation.findings[0].is_interpreted);
  EXPECT_FALSE(preparation.findings[0].is_let_pass);
}

TEST(Interpreted, TableCanBeAddedTo) {
  AddedPrograms added;
  ASSERT_TRUE(
      added.add("name=lcr-sh; code=-e --eval; operands=sd; values=-I; programs=-l; input=0"));
  PrepareOptions options = as_in_a_server();
  options.interpreters = &added;
  for (const char* text : {"lcr-sh -e ¤", "lcr-sh --eval=¤", "lcr-sh -I x -e ¤", "lcr-sh ¤",
                           "lcr-sh -l ¤ x", "echo ¤ | lcr-sh", "timeout 5 /opt/lcr-sh -e ¤"}) {
    EXPECT_FALSE(prepared(text, options).command) << text;
    EXPECT_TRUE(prepared(text, as_in_a_server()).command) << text;
  }
  for (const char* text : {"lcr-sh x -- ¤", "lcr-sh -e x -- ¤", "echo ¤ | lcr-sh x"}) {
    EXPECT_TRUE(prepared(text, options).command) << text;
  }
  for (const char* wrong :
       {"", "code=-e", "name=x; operands=q", "name=x; input=-1", "name=x; y=z", "name=x; code"}) {
    EXPECT_FALSE(added.add(wrong)) << wrong;
  }
}

TEST(Interpreted, AnalysisIsQuick) {
  const auto begin = std::chrono::steady_clock::now();
  for (const InterpretedText& one : interpreted_texts()) {
    static_cast<void>(prepared(one.text, as_in_a_server(one.sends)));
  }
  const auto mean =
      (std::chrono::steady_clock::now() - begin) / static_cast<int>(interpreted_texts().size());
  // Ten times what is promised, for a busy machine.
  EXPECT_LT(mean, std::chrono::milliseconds(10));
}

}  // namespace
}  // namespace kamexec::command
