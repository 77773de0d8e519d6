// SPDX-License-Identifier: GPL-2.0-or-later
// Calls by name: which words they have, what is refused, and what reaches execve.
#include "program/program_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call_text.h"
#include "command/argv.h"
#include "program/program_command.h"

namespace kamexec::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The arguments of a call whose n-th variable is values[n].
std::vector<std::string> arguments(std::string_view text,
                                   const std::vector<std::string_view>& values = {}) {
  const auto call = read_program_call(call_text(text));
  if (!call) {
    ADD_FAILURE() << text << ": " << call.error().message;
    return {};
  }
  command::Argv argv;
  const auto filled = argv.fill(pooled_arguments(*call), values);
  EXPECT_TRUE(filled) << text << ": " << filled.error().message;
  std::vector<std::string> words;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    words.emplace_back(argv.data()[i]);
  }
  return words;
}

TEST(ProgramCall, IsWhatBeginsWithTheSign) {
  for (const char* text : {"@lcr", " \t\n@lcr x", "@", "@¤"}) {
    EXPECT_TRUE(is_program_call(call_text(text))) << text;
  }
  for (const char* text :
       {"", " ", "lcr", "'@lcr'", "\"@lcr\"", "\\@lcr", "¤@lcr", "¤", "x @lcr"}) {
    EXPECT_FALSE(is_program_call(call_text(text))) << text;
  }
}

TEST(ProgramCall, NameAndNumberOfValues) {
  const auto call = read_program_call(call_text(" @Least_cost-1 a ¤ \"x¤y¤\" "));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->program, "Least_cost-1");
  EXPECT_EQ(call->value_count, 3U);
  EXPECT_EQ(call->words.size(), 3U);
}

TEST(ProgramCall, Words) {
  EXPECT_THAT(arguments("@p"), IsEmpty());
  EXPECT_THAT(arguments("@p\n"), IsEmpty());
  EXPECT_THAT(arguments("@p a\tb\r\n c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(arguments("@p \"a  b\" 'c  d'"), ElementsAre("a  b", "c  d"));
  EXPECT_THAT(arguments("@p '' \"\" x''"), ElementsAre("", "", "x"));
  EXPECT_THAT(arguments("@p a'b'\"c\"d"), ElementsAre("abcd"));
  EXPECT_THAT(arguments(R"(@p a\ b \| \\ \'x \")"), ElementsAre("a b", "|", "\\", "'x", "\""));
  EXPECT_THAT(arguments(R"(@p "a\"b\\c\$d\`e\f")"), ElementsAre("a\"b\\c$d`e\\f"));
  EXPECT_THAT(arguments(R"(@p 'a\"b\\')"), ElementsAre("a\\\"b\\\\"));
  EXPECT_THAT(arguments("@p a\\\nb \\\n c \"d\\\ne\""), ElementsAre("ab", "c", "de"));
  EXPECT_THAT(arguments("@p\\\n a"), ElementsAre("a"));
  EXPECT_THAT(arguments("@p '|&;<>()$`*?[{#~'"), ElementsAre("|&;<>()$`*?[{#~"));
  EXPECT_THAT(arguments("@p \"|&;<>()*?[{#~\""), ElementsAre("|&;<>()*?[{#~"));
  EXPECT_THAT(arguments("@p a#b a~ --x=y %d !x ]} @q ^"),
              ElementsAre("a#b", "a~", "--x=y", "%d", "!x", "]}", "@q", "^"));
}

TEST(ProgramCall, AVariableIsOneArgumentWhateverItHolds) {
  for (const char* value : {"", " ", "a b", "`id`", "$(id)", "$HOME", "a;b|c&d", "*", "~", "#", "'",
                            "\"", "\\", "\n", "-x", "@q", "%s"}) {
    EXPECT_THAT(arguments("@p ¤", {value}), ElementsAre(value));
    EXPECT_THAT(arguments("@p \"¤\" '¤'", {value, value}), ElementsAre(value, value));
    EXPECT_THAT(arguments("@p a¤'b'¤", {value, "2"}), ElementsAre("a" + std::string(value) + "b2"));
  }
}

TEST(ProgramCall, WhatAShellWouldReadIsRefusedWithItsPlace) {
  for (const char c : std::string_view("|&;<>()$`*?[{")) {
    const auto call = read_program_call(call_text("@p ab\n x" + std::string(1, c)));
    ASSERT_FALSE(call) << c;
    EXPECT_EQ(call.error().severity, command::Finding::Severity::error);
    EXPECT_EQ(call.error().line, 2U) << c;
    EXPECT_EQ(call.error().column, 3U) << c;
    EXPECT_THAT(call.error().message, HasSubstr(std::string("no shell here to read the ") + c));
    EXPECT_THAT(call.error().remedy, HasSubstr(std::string("'") + c + "'"));
  }
  for (const char* text : {"@p #x", "@p ~/x", "@p \"$HOME\"", "@p \"`id`\"", "@p 2>&1", "@p a &"}) {
    EXPECT_FALSE(read_program_call(call_text(text))) << text;
  }
}

struct Wrong {
  std::string_view text;
  unsigned column;
  std::string message;
};

TEST(ProgramCall, OtherErrors) {
  const Wrong cases[] = {
      {"lcr", 1, "does not begin with '@'"},
      {"@", 2, "no name after the '@'"},
      {"@ lcr", 2, "no name after the '@'"},
      {"@¤", 2, "can't come from a variable"},
      {"@lcr¤", 5, "can't come from a variable"},
      {"@lcr.sh", 5, "invalid character here"},
      {"@lcr'x'", 5, "invalid character here"},
      {"@lcr|x", 5, "invalid character here"},
      {"@p 'a", 4, "not closed"},
      {"@p \"a\\\"", 4, "not closed"},
      {"@p ¤ \"", 8, "not closed"},  // a variable counts with its name, $v1
      {"@p a\\", 5, "ends in a backslash"},
      {"@p \\¤", 5, "directly before a variable"},
      {"@p \"\\¤\"", 6, "directly before a variable"},
  };
  for (const Wrong& c : cases) {
    const auto call = read_program_call(call_text(c.text));
    ASSERT_FALSE(call) << c.text;
    EXPECT_THAT(call.error().message, HasSubstr(c.message)) << c.text;
    EXPECT_EQ(call.error().column, c.column) << c.text;
    EXPECT_FALSE(call.error().remedy.empty()) << c.text;
  }
}

TEST(ProgramCall, NulBytesAndEndlessNamesAreRefused) {
  const command::CommandTemplate nul{{false, std::string("@p a\0b", 6)}};
  ASSERT_FALSE(read_program_call(nul));
  EXPECT_EQ(read_program_call(nul).error().column, 5U);
  EXPECT_THAT(read_program_call(call_text("@" + std::string(65, 'a'))).error().message,
              HasSubstr("64 bytes"));
}

TEST(ProgramCall, ASpawnedCommandHasTheProgramsWordsFirst) {
  ProgramDefinition program;
  program.run = {"lcr", "--fast", ""};
  const ResolvedProgram place{"/opt/bin/lcr", {}};
  const auto call = read_program_call(call_text("@lcr ¤ x¤"));
  ASSERT_TRUE(call);
  const command::PreparedCommand command =
      spawned_command(program, place, *call, CallTail::one_more_value);
  EXPECT_TRUE(command.takes_appended);
  EXPECT_FALSE(command.needs_shell());
  command::Argv argv;
  const std::string_view values[] = {"1", "2", "sip:a@b"};
  ASSERT_TRUE(argv.fill(command, values));
  EXPECT_STREQ(argv.program(), "/opt/bin/lcr");
  EXPECT_THAT(std::vector<std::string>(argv.data(), argv.data() + argv.size()),
              ElementsAre("lcr", "--fast", "", "1", "x2", "sip:a@b"));
  EXPECT_FALSE(argv.fill(command, std::span(values).first(2)));
}

TEST(ProgramCall, WorkersGetTheProgramsWordsAndCallsTheirOwn) {
  ProgramDefinition program;
  program.run = {"lcr-worker", "-q"};
  const auto call = read_program_call(call_text("@lcr ¤"));
  ASSERT_TRUE(call);
  command::Argv argv;
  ASSERT_TRUE(argv.fill(worker_command(program, {"/opt/bin/lcr-worker", {}}), {}));
  EXPECT_STREQ(argv.program(), "/opt/bin/lcr-worker");
  EXPECT_THAT(std::vector<std::string>(argv.data(), argv.data() + argv.size()),
              ElementsAre("lcr-worker", "-q"));
  const std::string_view values[] = {"1", "sip:a@b"};
  ASSERT_TRUE(argv.fill(pooled_arguments(*call, CallTail::one_more_value), values));
  EXPECT_THAT(std::vector<std::string>(argv.data(), argv.data() + argv.size()),
              ElementsAre("lcr", "1", "sip:a@b"));
}

TEST(ProgramCall, HasANameThatIsKnownWithoutItsArguments) {
  EXPECT_EQ(called_name("@lcr"), "lcr");
  EXPECT_EQ(called_name(" \t@l-c_R9 $rU 'two words'"), "l-c_R9");
  EXPECT_EQ(called_name("@lcr\n$rU"), "lcr");
  for (const char* none : {"", " ", "@", "@ lcr", "lcr", "'@lcr'", "@$var(x)", "@lcr$rU", "@a.b"}) {
    EXPECT_EQ(called_name(none), "") << none;
  }
  EXPECT_EQ(called_name("@" + std::string(kLongestProgramName + 1, 'x')), "");
}

}  // namespace
}  // namespace kamexec::program
