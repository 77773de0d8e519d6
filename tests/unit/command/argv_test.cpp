// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/argv.h"

#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

PreparedCommand command(std::string_view text) {
  PrepareOptions options = contexts_only();
  options.search_path = TEST_PROGRAMS;
  return *prepared(text, options).command;
}

std::vector<std::string> filled(const Argv& argv) {
  std::vector<std::string> words;
  for (char* const* word = argv.data(); *word != nullptr; ++word) {
    words.emplace_back(*word);
  }
  return words;
}

using Words = std::vector<std::string>;
using Values = std::vector<std::string_view>;

TEST(Argv, RunsShellTextWithTheValuesBehindIt) {
  Argv argv;
  ASSERT_TRUE(argv.fill(command("a ¤ | b '¤'"), Values{"x y", ""}));
  EXPECT_STREQ(argv.program(), "/bin/sh");
  EXPECT_EQ(filled(argv), (Words{"sh", "-c", "a \"${1}\" | b ''\"${2}\"''", "exec", "x y", ""}));
  EXPECT_EQ(argv.size(), 6U);
}

TEST(Argv, RunsPlainWordsByTheirProgram) {
  Argv argv;
  ASSERT_TRUE(argv.fill(command("show a¤b ¤"), Values{"x y", ""}));
  EXPECT_STREQ(argv.program(), TEST_PROGRAMS "/show");
  EXPECT_EQ(filled(argv), (Words{"show", "ax yb", ""}));
}

TEST(Argv, CanBeFilledAgain) {
  Argv argv;
  ASSERT_TRUE(argv.fill(command("show ¤ ¤"), Values{std::string(5000, 'a'), "b"}));
  ASSERT_TRUE(argv.fill(command("show ¤"), Values{"c"}));
  EXPECT_EQ(filled(argv), (Words{"show", "c"}));
  ASSERT_TRUE(argv.fill(command("a | b"), Values{}));
  EXPECT_EQ(argv.size(), 4U);
}

TEST(Argv, RefusesAWrongNumberOfValues) {
  Argv argv;
  ASSERT_TRUE(argv.fill(command("show ¤"), Values{"a"}));
  EXPECT_FALSE(argv.fill(command("show ¤"), Values{}));
  EXPECT_EQ(argv.size(), 0U);
  EXPECT_FALSE(argv.fill(command("show ¤"), Values{"a", "b"}));
  EXPECT_FALSE(argv.fill(command("show"), Values{"a"}));
}

TEST(Argv, RefusesNul) {
  Argv argv;
  const Result<void> result = argv.fill(command("show ¤ ¤"), Values{"a", {"b\0c", 3}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "value 2 contains a NUL byte, which an argument cannot contain");
  EXPECT_EQ(argv.size(), 0U);
}

TEST(Argv, TakesTheLongestArgumentThatTheKernelTakes) {
  const std::string longest(longest_argument() - 1, 'a');
  const std::string too_long(longest_argument(), 'a');
  for (const char* text : {"show ¤", "show | ¤"}) {
    Argv argv;
    EXPECT_TRUE(argv.fill(command(text), Values{longest}));
    const Result<void> result = argv.fill(command(text), Values{too_long});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message.substr(0, 19), "value 1 is too long");
    EXPECT_EQ(argv.size(), 0U);
  }
}

TEST(Argv, RefusesWordsAndTextsThatAreTooLong) {
  Argv argv;
  const std::string most(longest_argument() - 1, 'a');
  const Result<void> word = argv.fill(command("show x¤"), Values{most});
  ASSERT_FALSE(word);
  EXPECT_EQ(word.error().message.substr(0, 18), "word 2 is too long");
  EXPECT_EQ(argv.size(), 0U);
  const Result<void> text = argv.fill(command("show | ¤" + most), Values{"a"});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message.substr(0, 23), "the command is too long");
  EXPECT_EQ(argv.size(), 0U);
}

TEST(Argv, RefusesMoreThanTheKernelTakesAltogether) {
  Argv argv;
  std::string text = "show";
  for (int i = 0; i < 100; ++i) {
    text += " ¤";
  }
  const std::string large(longest_argument() - 1, 'a');
  const Result<void> result = argv.fill(command(text), Values(100, large));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message.substr(0, 23), "the values are too long");
  EXPECT_EQ(argv.size(), 0U);
}

}  // namespace
}  // namespace kamexec::command
