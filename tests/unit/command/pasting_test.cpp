// SPDX-License-Identifier: GPL-2.0-or-later
// With a harmless value, a prepared text does what the text does with the value pasted in.
#include "pasting_texts.h"

#include <gtest/gtest.h>

#include "shell_run.h"
#include "template_text.h"

namespace kamexec::command {
namespace {

constexpr std::string_view kHarmless = "value7";

class Pasting : public testing::TestWithParam<Shell> {};

TEST_P(Pasting, ChangesNothing) {
  const ShellRun shell(GetParam());
  for (const std::string& text : prepared_texts()) {
    const Preparation preparation = prepared(text);
    ASSERT_TRUE(preparation.command) << text << "\n" << constant_text(text);
    const std::vector<std::string_view> values(preparation.command->value_count, kHarmless);
    const ShellResult safe = shell.prepared(*preparation.command, values);
    const ShellResult unsafe = shell.text(pasted(text, kHarmless));
    EXPECT_EQ(safe.output, unsafe.output) << text << "\n" << preparation.command->shell_text;
    EXPECT_EQ(safe.error.empty(), unsafe.error.empty()) << text << "\n" << safe.error;
    EXPECT_EQ(safe.status, unsafe.status) << text;
    EXPECT_NE(unsafe.output.find("value7"), std::string::npos) << "tests nothing: " << text;
  }
}

INSTANTIATE_TEST_SUITE_P(EachShell, Pasting, testing::ValuesIn(shells(true)),
                         [](const auto& shell) { return shell.param.name; });

TEST(Refusal, IsWhatNoQuotingMakesSafe) {
  for (const std::string& text : refused_texts()) {
    EXPECT_FALSE(prepared(text).command) << text << "\n" << constant_text(text);
  }
}

TEST(Refusal, IsOfValuesNotOfTexts) {
  // The same without a value: what is only read differently is the shell's to say.
  for (const char* text : {"echo $'it\\'s'", "echo \"${X:-\"a}b\"}\"", "(( 1 << 2 ))",
                           "((echo ')'); echo b)", "echo ${X/'}'/\"}\"}", "echo $((1+2))"}) {
    EXPECT_TRUE(prepared(text).command) << text;
  }
}

}  // namespace
}  // namespace kamexec::command
