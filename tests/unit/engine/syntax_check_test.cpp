// SPDX-License-Identifier: GPL-2.0-or-later
// Many texts asked for at once get the answers that each gets alone.
#include "engine/syntax_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::engine {
namespace {

std::vector<std::string> answers(const std::vector<Result<void>>& results) {
  std::vector<std::string> words;
  words.reserve(results.size());
  for (const Result<void>& result : results) {
    words.push_back(result ? "" : result.error().message);
  }
  return words;
}

std::vector<std::string> one_by_one(const std::vector<std::string>& texts) {
  std::vector<Result<void>> results;
  results.reserve(texts.size());
  for (const std::string& text : texts) {
    results.push_back(check_shell_syntax(text));
  }
  return answers(results);
}

const std::vector<std::string> kWell{
    "test -n \"$1\" && true",
    "if a; then b; else c; fi",
    "case \"$1\" in (a|b) c;; *) d;; esac",
    "f() { a; }; f",
    "a; b &",
    "# nothing but a remark",
    "a # and a remark with ' and \" and `",
    "a\\",
    "cat <<E\n'\nE",
    "cat <<E\nan end that never comes",
    "echo `date` $(date `date`)",
    "echo '}' \")\" \\}",
    "{ a; }; (b)",
    "a \\\n b",
    "for i in 1 2; do a; done >/dev/null 2>&1",
};

/// Each can be made whole by another one here, or by what stands around it.
const std::vector<std::string> kBroken{
    "echo \"a", "b\"",         "echo 'a",    "b'",        "echo `a",     "b`",        "a |",
    "a &&",     "!",           "if a; then", "b; fi",     "while a; do", "b; done",   "{ a",
    "b; }",     "( a",         "b )",        "a; }; { b", "a ); ( b",    "case x in", "y) z;; esac",
    "f()",      "echo ${a:-x", "c; }",       "echo $(a",  "b)",          "a;;",       "}",
    "fi",       "& a",         "a }; {",     "echo $((1", "2))",
};

TEST(SyntaxCheck, WhatIsWellIsWellTogether) {
  EXPECT_EQ(answers(check_shell_syntax(kWell)), std::vector<std::string>(kWell.size()));
  EXPECT_TRUE(check_shell_syntax(std::vector<std::string>{}).empty());
}

TEST(SyntaxCheck, EachHasTheAnswerThatItHasAlone) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::max(kWell.size(), kBroken.size()); ++i) {
    texts.push_back(kBroken[i % kBroken.size()]);
    texts.push_back(kWell[i % kWell.size()]);
  }
  EXPECT_EQ(answers(check_shell_syntax(texts)), one_by_one(texts));
}

TEST(SyntaxCheck, NoTextHidesAnother) {
  const std::vector<std::string> alone = one_by_one(kBroken);
  for (std::size_t i = 0; i < kBroken.size(); ++i) {
    for (std::size_t j = 0; j < kBroken.size(); ++j) {
      const std::vector<std::string> pair{kBroken[i], kBroken[j]};
      ASSERT_EQ(answers(check_shell_syntax(pair)), (std::vector<std::string>{alone[i], alone[j]}))
          << kBroken[i] << "\n"
          << kBroken[j];
    }
  }
}

}  // namespace
}  // namespace kamexec::engine
