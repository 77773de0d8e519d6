// SPDX-License-Identifier: GPL-2.0-or-later
// Warnings: what quoting can't cure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

PrepareOptions no_programs_missing() {
  PrepareOptions options;
  options.interpreted = InterpretedValues::ignore;  // see interpreted_test.cpp
  return options;
}

/// The warnings but for those of programs that are not on this machine.
std::vector<std::string> warnings(std::string_view text) {
  std::vector<std::string> all =
      findings(prepared(text, no_programs_missing()), Finding::Severity::warning);
  std::erase_if(all, [](const std::string& warning) {
    return warning.find("there is no program") != std::string::npos;
  });
  return all;
}

struct Warned {
  const char* text;
  const char* warning;  ///< the beginning of the first
};

const Warned kWarned[] = {
    // Programs, files, numbers.
    {"a >/tmp/¤", "1:4 $v1 names the file of a redirection"},
    {"a < ¤", "1:5 $v1 names the file of a redirection"},
    {"printf ¤", "1:8 $v1 is part of printf's format"},
    {"printf \"a ¤\\n\"", "1:8 $v1 is part of printf's format"},
    {"[ ¤ -eq 1 ]", "1:3 $v1 is read as a number"},
    {"test 1 -lt ¤", "1:12 $v1 is read as a number"},
    {"exit ¤", "1:6 $v1 is read as a number"},
    {"printf -- \"¤\"", "1:11 $v1 is part of printf's format"},
    {"cat dir/¤", "1:5 $v1 is part of a file's name"},
    {"rm -f dir/¤", "1:7 $v1 is part of a file's name"},
    {"cat \"/a/¤.txt\"", "1:5 $v1 is part of a file's name"},
    {"curl -F caller=¤ u", "1:9 $v1 names a file that curl reads"},
    {"curl -d ¤ u", "1:9 $v1 names a file that curl reads"},
    // Options.
    {"head -¤", "1:6 $v1 becomes an option of head"},
    {"a --¤", "1:3 $v1 becomes an option of a"},
    {"a ¤", "1:3 $v1 may be read as an option by a"},
    {"a -x \"¤\"", "1:6 $v1 may be read as an option by a"},
    {"grep ¤ f", "1:6 $v1 may be read as an option by grep"},
    {"grep -e -e ¤", "1:12 $v1 may be read as an option by grep"},
    {"grep -en ¤ f", "1:10 $v1 may be read as an option by grep"},
    {"sudo a ¤", "1:8 $v1 may be read as an option by sudo"},
    {"$X ¤", "1:4 $v1 may be read as an option by the program"},
    {"a | b $(c ¤)", "1:11 $v1 may be read as an option by c"},
};

TEST(Warnings, SayWhatQuotingCantCure) {
  for (const Warned& warned : kWarned) {
    const std::vector<std::string> all = warnings(warned.text);
    ASSERT_FALSE(all.empty()) << warned.text;
    EXPECT_EQ(all[0].substr(0, std::string_view(warned.warning).size()), warned.warning)
        << warned.text;
  }
}

TEST(Warnings, AreNoneForTheSafeForms) {
  for (const char* text : {"a -- ¤",
                           "grep -e ¤ -- list",
                           "grep -ne ¤ list",
                           "head -n ¤ F",
                           "date -d ¤",
                           "sort -k ¤",
                           "sudo grep --regexp ¤ list",
                           "a x¤",
                           "a --user=¤",
                           "a -u¤",
                           "printf '%s\\n' ¤",
                           "sh -c 'a \"$1\"' sh -- ¤",
                           "awk -v x=x¤ '{ print x }'",
                           "jq --arg x x¤ .x",
                           "echo x¤ | sh script",
                           "echo x¤ | cat",
                           "echo x¤ | sh -c 'cat'",
                           "x=¤; a \"$x\"",
                           "X=¤ a",
                           "for x in ¤; do a -- \"$x\"; done",
                           "case ¤ in a) b;; esac",
                           "[ ¤ = a ]",
                           "test -n ¤",
                           "a # ¤",
                           "a <<E\n¤\nE",
                           "a <<<¤",
                           "set -- ¤",
                           "export X=¤",
                           "perl script -- ¤",
                           "find . -name x¤",
                           "[[ ¤ == a ]]"}) {
    EXPECT_TRUE(warnings(text).empty()) << text << "\n" << warnings(text).front();
  }
}

/// A sign that was meant for a word and ends a command: the rest of a URL is lost without a word.
TEST(Warnings, AreOfSignsThatCutAWord) {
  const auto cut = [](const char* text) {
    std::vector<std::string> all = warnings(text);
    std::erase_if(
        all, [](const std::string& one) { return one.find("an unquoted") == std::string::npos; });
    return all;
  };
  for (const char* text : {"curl http://h/?a=¤&b=1", "curl http://h/?a=¤&b=¤ -s",
                           "curl http://h/?a=1&¤", "curl -d a=¤&b=1 http://h/",
                           "if curl http://h/?a=¤&b=1; then a; fi", "a $(curl h?a=¤&b=1)"}) {
    ASSERT_EQ(cut(text).size(), 1U) << text;
    EXPECT_THAT(cut(text).front(), HasSubstr("an unquoted & ends the command here")) << text;
  }
  EXPECT_THAT(cut("curl http://h/?a=¤&b=1").front(), StartsWith("1:21 "));
  EXPECT_THAT(cut("curl http://h/?a=¤&b=1").front(), HasSubstr("b=, is a command of its own"));
  ASSERT_EQ(cut("a sip:¤@h;transport=tcp").size(), 1U);
  EXPECT_THAT(cut("a sip:¤@h;transport=tcp").front(), HasSubstr("an unquoted ; ends the command"));
  for (const char* text : {"a ¤ &",
                           "a ¤&",
                           "a ¤&b x",
                           "a ¤&b",
                           "a&b",
                           "a ¤ & b=1",
                           "a ¤&& b=1",
                           "a ¤&&b=1",
                           "a;b=1",
                           "a ¤;b=2",
                           "a x=1;b=2",
                           "a \"http://h/?a=¤\"&b=1",
                           "a 'http://h/?a=¤&b=1'",
                           "a http://h/?a=¤\\&b=1",
                           "x=1&y=2",
                           "a http://h/¤&echo x",
                           "a http://h/?a=¤&echo x",
                           "a >f?x=¤&b=1",
                           "a ¤ 2>&1",
                           "a http://h/?a=¤ &>f",
                           "case a in x) b http://h/;; esac"}) {
    EXPECT_TRUE(cut(text).empty()) << text << "\n" << cut(text).front();
  }
}

TEST(Warnings, AreOneForEachValueTheWorstOne) {
  EXPECT_EQ(warnings("a ¤ ¤").size(), 2U);
  EXPECT_EQ(warnings("a ¤ >¤").size(), 2U);
}

TEST(Warnings, OfOptionsAreNotForValuesKnownToBeNone) {
  PrepareOptions options;
  options.search_path = TEST_PROGRAMS;
  options.facts_of = [](std::string_view name) {
    return name == "$v1" ? ValueFacts{false, false, false} : ValueFacts{};
  };
  EXPECT_TRUE(prepared("show ¤", options).findings.empty());
  EXPECT_EQ(prepared("show ¤ ¤", options).findings.size(), 1U);
}

TEST(Warnings, HaveARemedy) {
  for (const Warned& warned : kWarned) {
    for (const Finding& finding : prepared(warned.text).findings) {
      EXPECT_FALSE(finding.remedy.empty()) << warned.text;
    }
  }
}

TEST(Warnings, AreBounded) {
  std::string text = "a";
  for (int i = 0; i < 2000; ++i) {
    text += " ¤";
  }
  EXPECT_LE(warnings(text).size(), 32U);
}

}  // namespace
}  // namespace kamexec::command
