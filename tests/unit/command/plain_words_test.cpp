// SPDX-License-Identifier: GPL-2.0-or-later
// Which texts run without a shell, and with what words.
#include <gtest/gtest.h>

#include <array>

#include "command/argv.h"
#include "template_text.h"

namespace kamexec::command {
namespace {

bool is_plain(std::string_view text) {
  const Preparation preparation = prepared(text);
  return preparation.command && !preparation.command->needs_shell();
}

/// The words with the n-th variable's value being "<n>", each in brackets.
std::string words(std::string_view text) {
  const Preparation preparation = prepared(text);
  std::array<std::string_view, 4> values = {"<1>", "<2>", "<3>", "<4>"};
  Argv argv;
  if (!preparation.command || preparation.command->needs_shell() ||
      !argv.fill(*preparation.command, std::span(values).first(preparation.command->value_count))) {
    return "none";
  }
  std::string text_of_words;
  for (std::size_t i = 0; i < argv.size(); ++i) {
    text_of_words += "[" + std::string(argv.data()[i]) + "]";
  }
  return text_of_words;
}

TEST(PlainWords, NeedNoShell) {
  EXPECT_EQ(words("lcr ¤ ¤"), "[lcr][<1>][<2>]");
  EXPECT_EQ(words("lcr a¤b \"c ¤ d\" 'e ¤'"), "[lcr][a<1>b][c <2> d][e <3>]");
  EXPECT_EQ(words("/usr/bin/lcr  \t --x=¤\n"), "[/usr/bin/lcr][--x=<1>]");
  EXPECT_EQ(words("lcr '' \"\" ''¤"), "[lcr][][][<1>]");
  EXPECT_EQ(words("lcr a\\ b \\\"¤\\\" \"\\\"\\$\\`\\\\\\a\""), "[lcr][a b][\"<1>\"][\"$`\\\\a]");
  EXPECT_EQ(words("lcr a\\\nb \\\n  ¤ \"c\\\nd\""), "[lcr][ab][<1>][cd]");
  EXPECT_EQ(words("lcr '$x `a` * \\' \"~ *\""), "[lcr][$x `a` * \\][~ *]");
  EXPECT_EQ(words("lcr a=b x#y %s @x a,b +1 - --"), "[lcr][a=b][x#y][%s][@x][a,b][+1][-][--]");
  EXPECT_EQ(words("find / -name ¤ -exec lcr {} +"), "[find][/][-name][<1>][-exec][lcr][{}][+]");
  EXPECT_EQ(words("'lcr' if done"), "[lcr][if][done]");
  EXPECT_EQ(words("lcr { }"), "[lcr][{][}]");
  EXPECT_EQ(words("echo TEST ¤"), "[echo][TEST][<1>]");
}

TEST(PlainWords, AreNoneWithSyntaxOfTheShell) {
  for (const char* text : {"lcr $x",
                           "lcr ${x}",
                           "lcr $(a)",
                           "lcr `a`",
                           "lcr \"$x\"",
                           "lcr *",
                           "lcr a?",
                           "lcr [a]",
                           "lcr {a,b}",
                           "lcr ~",
                           "lcr ~a",
                           "lcr a~",
                           "lcr | a",
                           "lcr; a",
                           "lcr;",
                           "lcr &",
                           "lcr && a",
                           "lcr >a",
                           "lcr <a",
                           "lcr 2>&1",
                           "lcr <<E\nE",
                           "lcr # a",
                           "# a",
                           "(lcr)",
                           "{ lcr; }",
                           "! lcr",
                           "if lcr; then a; fi",
                           "time lcr",
                           "lcr\na",
                           "x=1",
                           "x=1 lcr",
                           "a=b",
                           "lcr $'a'",
                           "lcr a^b",
                           "lcr !a",
                           "lcr a\r",
                           "lcr ¤ $",
                           "case a in a) b;; esac",
                           "",
                           " ",
                           "\n",
                           "''",
                           "'' a",
                           "¤",
                           "¤ a",
                           "a¤ b",
                           "\"¤\" b",
                           "[[ a ]]",
                           "((1))"}) {
    EXPECT_FALSE(is_plain(text)) << text;
  }
}

TEST(PlainWords, AreNoneWhereTheShellHasTheCommandItself) {
  for (const char* text :
       {"cd /",     "exit 1",     ": a",        ". a",       "[ a ]",   "test a", "printf a",
        "kill 1",   "pwd",        "umask",      "ulimit -n", "exec a",  "eval a", "command a",
        "export a", "set a",      "wait",       "type a",    "read a",  "trap a", "source a",
        "local a",  "unset a",    "return",     "shift",     "hash",    "alias",  "'cd' /",
        "c\\d /",   "\"test\" a", "function a", "coproc a",  "select a"}) {
    EXPECT_FALSE(is_plain(text)) << text;
  }
  for (const char* text : {"/bin/kill 1", "/usr/bin/printf a", "true", "false", "env a=b c"}) {
    EXPECT_TRUE(is_plain(text)) << text;
  }
}

TEST(PlainWords, EchoIsTheShellsWhereTheTwoDiffer) {
  EXPECT_TRUE(is_plain("echo a ¤ b"));
  EXPECT_TRUE(is_plain("echo"));
  EXPECT_TRUE(is_plain("echo a -n"));
  EXPECT_FALSE(is_plain("echo -n ¤"));
  EXPECT_FALSE(is_plain("echo -e a"));
  EXPECT_FALSE(is_plain("echo '-n' a"));
  EXPECT_FALSE(is_plain("echo 'a\\tb' ¤"));
  EXPECT_FALSE(is_plain("echo a \\\\n"));
}

TEST(PlainWords, KnowTheirProgram) {
  PrepareOptions options;
  options.search_path = TEST_PROGRAMS;
  const Preparation there = prepared("show ¤", options);
  ASSERT_TRUE(there.command);
  EXPECT_EQ(there.command->program, TEST_PROGRAMS "/show");
  EXPECT_EQ(there.command->shell_text, "show \"${1}\"");

  const Preparation missing = prepared("no-such-program -- ¤", options);
  ASSERT_TRUE(missing.command);
  EXPECT_EQ(missing.command->program, "");
  EXPECT_EQ(
      findings(missing, Finding::Severity::warning),
      std::vector<std::string>{"1:1 there is no program no-such-program that can be executed"});
  EXPECT_TRUE(prepared("no-such-program | cat", options).findings.empty());
}

}  // namespace
}  // namespace kamexec::command
