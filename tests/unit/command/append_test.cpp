// SPDX-License-Identifier: GPL-2.0-or-later
// One more argument: exec_dset's R-URI.
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

Preparation appended(std::string_view text) {
  PrepareOptions options = contexts_only();
  options.append_argument = true;
  return prepared(text, options);
}

struct Case {
  const char* text;
  const char* constant;
};

const Case kAppended[] = {
    {"a", R"t(a "${1}")t"},
    {"a b", R"t(a b "${1}")t"},
    {"a ¤", R"t(a "${1}" "${2}")t"},
    {"a '¤'", R"t(a ''"${1}"'' "${2}")t"},
    {"a  ", R"t(a "${1}"  )t"},
    {"a\n", "a \"${1}\"\n"},
    {"a \t\r", "a \t\r \"${1}\""},
    {"a\n\n  \n", "a \"${1}\"\n\n  \n"},
    {"a \\\n", "a \"${1}\" \\\n"},
    {"a b\\\n", "a b\\\n \"${1}\""},
    {"a b\\ ", R"t(a b\  "${1}")t"},
    {"a b\\\\", R"t(a b\\ "${1}")t"},
    {"a >b", R"t(a >b "${1}")t"},
    {"a >>b 2>&1", R"t(a >>b 2>&1 "${1}")t"},
    {"a <b", R"t(a <b "${1}")t"},
    {"a | b", R"t(a | b "${1}")t"},
    {"a && b || c", R"t(a && b || c "${1}")t"},
    {"a; b", R"t(a; b "${1}")t"},
    {"a & b", R"t(a & b "${1}")t"},
    {"a\nb", "a\nb \"${1}\""},
    {"# c\na", "# c\na \"${1}\""},
    {"X=1 a", R"t(X=1 a "${1}")t"},
    {"if a; then b; fi; c", R"t(if a; then b; fi; c "${1}")t"},
    {"a \"$(b)\"", R"t(a "$(b)" "${1}")t"},
    {"a `b`", R"t(a `b` "${1}")t"},
    {"a <<E\nb\nE\nc", "a <<E\nb\nE\nc \"${1}\""},
    {"! a", R"t(! a "${1}")t"},
    {"a done", R"t(a done "${1}")t"},
    {"a }", R"t(a } "${1}")t"},
    {"a $1", R"t(_value_1=${1}; set --; a $1 "${_value_1}")t"},
};

TEST(AppendedValue, IsTheLastArgument) {
  for (const Case& one : kAppended) {
    SCOPED_TRACE(one.text);
    const Preparation preparation = appended(one.text);
    ASSERT_TRUE(preparation.command);
    EXPECT_EQ(preparation.command->shell_text, one.constant);
    EXPECT_TRUE(preparation.command->takes_appended);
    EXPECT_EQ(preparation.command->value_count, variables_in(one.text) + 1);
  }
}

const char* const kNotAppended[] = {"a &",
                                    "a;",
                                    "a |",
                                    "a &&",
                                    "a ||",
                                    "a # b",
                                    "a #",
                                    "(a)",
                                    "( a ) >b",
                                    "{ a; }",
                                    "{ a; } 2>&1",
                                    "if a; then b; fi",
                                    "if a; then b; fi >c",
                                    "while a; do b; done",
                                    "for x in a; do b; done",
                                    "case a in b) c;; esac",
                                    "f() { a; }",
                                    "a <<E\nb\nE",
                                    "a <<E\nb\nE\n",
                                    "X=1",
                                    "X=¤",
                                    ">a",
                                    "",
                                    " ",
                                    "# a",
                                    "a &>b",
                                    "[ a ]",
                                    "[[ a ]]",
                                    "((1))",
                                    "a; ",
                                    "a\n# b",
                                    "a & # b",
                                    "until a; do b ¤; done",
                                    "a >b &"};

TEST(AppendedValue, IsSaidToBeLeftOut) {
  for (const char* text : kNotAppended) {
    SCOPED_TRACE(text);
    const Preparation preparation = appended(text);
    ASSERT_TRUE(preparation.command);
    EXPECT_EQ(preparation.command->shell_text, constant_text(text));
    EXPECT_FALSE(preparation.command->takes_appended);
    EXPECT_EQ(preparation.command->value_count, variables_in(text));
    ASSERT_FALSE(preparation.findings.empty());
    EXPECT_EQ(preparation.findings[0].severity, Finding::Severity::warning);
    EXPECT_EQ(preparation.findings[0].message,
              "no argument can follow the end of the text: the R-URI is not appended");
    EXPECT_EQ(preparation.findings[0].remedy, "read it from the environment, as $$SIP_RURI");
  }
}

TEST(AppendedValue, IsLeftOutOfNoRefusal) {
  EXPECT_FALSE(appended("a '").command);
  EXPECT_FALSE(appended("a $((¤))").command);
  EXPECT_FALSE(appended("a \\").command);
}

TEST(AppendedValue, IsNoOptionButMayBeParsed) {
  PrepareOptions options;
  options.append_argument = true;
  options.search_path = TEST_PROGRAMS;
  EXPECT_TRUE(prepared("show", options).findings.empty());
  const std::vector<std::string> errors =
      findings(prepared("ssh host | show; ssh host look-up", options), Finding::Severity::error);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].substr(0, 45), "1:35 the R-URI can't be used here: ssh reads ");
}

}  // namespace
}  // namespace kamexec::command
