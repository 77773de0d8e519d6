// SPDX-License-Identifier: GPL-2.0-or-later
// What a configuration means depends on the Kamailio that it is for.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "tool/check/report.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Version, DefinesItsNames) {
  const std::string text =
      "#!ifdef KAMAILIO_5\nexec_cmd(\"5\");\n#!endif\n#!ifdef KAMAILIO_5_8\nexec_cmd(\"5.8\");\n"
      "#!endif\n#!ifdef KAMAILIO_5_8_3\nexec_cmd(\"5.8.3\");\n#!endif\n"
      "#!ifdef KAMAILIO_VERSION\nexec_cmd(\"number\");\n#!endif\n";
  EXPECT_THAT(commands(read_for("5.6.3", text)), ElementsAre("5"));
  EXPECT_THAT(commands(read_for("5.8", text)), ElementsAre("5", "5.8", "number"));
  EXPECT_THAT(commands(read_for("5.8.3", text)), ElementsAre("5", "5.8", "5.8.3", "number"));
}

TEST(Version, KnowsExpressionsFrom57On) {
  const std::string text =
      "#!define WITH_LCR\n#!ifexp WITH_LCR && KAMAILIO_VERSION >= 5007000\nexec_cmd(\"1\");\n"
      "#!else\nexec_cmd(\"2\");\n#!endif\n"
      "#!ifdef NONE\n#!ifexp 1\nexec_cmd(\"3\");\n#!endif\nexec_cmd(\"4\");\n#!endif\n"
      "#!defexp N 2 + 3\n#!defexps TEXT 'a' + N\n"
      "exec_cmd(TEXT + N);\n";
  const Configuration newer = read_for("5.7.0", text);
  EXPECT_THAT(commands(newer), ElementsAre("1", "a55"));
  EXPECT_THAT(messages(newer, Note::Severity::unseen), IsEmpty());
  EXPECT_THAT(messages(newer, Note::Severity::error), IsEmpty());
  const Configuration older = read_for("5.6.6", "#!ifexp 0\nexec_cmd(\"1\");\n");
  EXPECT_THAT(commands(older), ElementsAre("1"));
  EXPECT_THAT(
      messages(older, Note::Severity::unseen),
      ElementsAre(HasSubstr("is a comment for Kamailio 5.6.6: it is a directive from 5.7 on")));
}

TEST(Version, TellsWhatAnExpressionCanNotBe) {
  EXPECT_THAT(commands(read("#!ifexp ! A\nexec_cmd(\"1\");\n#!else\nexec_cmd(\"2\");\n#!endif\n")),
              ElementsAre("2"));
  const Configuration bad = read("#!ifexp defined(A)\n#!endif\n#!defexp B 1 / 0\n");
  EXPECT_THAT(messages(bad, Note::Severity::comment),
              ElementsAre(HasSubstr("no functions"), HasSubstr("divides by 0")));
  ASSERT_EQ(::unsetenv("KAMEXEC_CHECK_NONE"), 0);
  const Configuration unknown =
      read("#!defenv KAMEXEC_CHECK_NONE\n#!ifexp KAMEXEC_CHECK_NONE == 'a'\n#!endif\n");
  EXPECT_THAT(messages(unknown, Note::Severity::unseen), SizeIs(2));
  EXPECT_THAT(messages(read("#!defexp A 1\n#!defexp A 1\n"), Note::Severity::error), SizeIs(1));
  EXPECT_THAT(messages(read("#!ifexp 1\n"), Note::Severity::error), SizeIs(1));
}

TEST(Version, UndefinesFrom62On) {
  const std::string text =
      "#!define A\n#!undef A\n#!tryundefine A\n#!ifdef A\nexec_cmd(\"1\");\n#!endif\n"
      "#!define A \"2\"\nexec_cmd(A);\n";
  const Configuration newer = read_for("6.2", text);
  EXPECT_THAT(commands(newer), ElementsAre("2"));
  EXPECT_THAT(messages(newer, Note::Severity::error), IsEmpty());
  for (const char* wrong : {"#!undef A\n", "#!define A\n#!undef A b\n", "#!undefine 5\n"}) {
    EXPECT_THAT(messages(read_for("6.2", wrong), Note::Severity::error), SizeIs(1)) << wrong;
  }
  const Configuration older = read_for("6.1", "#!define A \"1\"\n#!undef A\nexec_cmd(A);\n");
  EXPECT_THAT(commands(older), ElementsAre("1"));
  EXPECT_THAT(messages(older, Note::Severity::unseen), ElementsAre(HasSubstr("from 6.2 on")));
}

/// What is said of the one call with the variable, where its module is loaded.
std::string said_of(const char* version, const std::string& variable, const std::string& module) {
  const Configuration configuration =
      read_for(version, "loadmodule \"" + module +
                            ".so\"\nroute { exec_cmd(\"/bin/echo =" + variable + "\"); }\n");
  const Assessment one = assess(configuration.calls.at(0), surroundings_of(configuration));
  if (!one.missing.empty()) {
    return one.missing[0].said.message;
  }
  return one.said.empty() ? "" : one.said[0].message;
}

TEST(Version, KnowsItsVariables) {
  EXPECT_EQ(said_of("6.2", "$rul", "pv"), "");
  EXPECT_EQ(said_of("6.1", "$rul", "pv"),
            "$rul is not a variable of Kamailio 6.1: module pv has it from 6.2 on");
  EXPECT_EQ(said_of("6.0", "$ctu=$cts", "pv"), "");
  EXPECT_EQ(said_of("5.8", "$ctu", "pv"),
            "$ctu is not a variable of Kamailio 5.8: module pv has it from 6.0 on");
  EXPECT_EQ(said_of("5.8", "$dsg(x)", "dispatcher"), "");
  EXPECT_THAT(said_of("5.6.3", "$dsg(x)", "dispatcher"), HasSubstr("from 5.8 on"));
  EXPECT_EQ(said_of("6.0", "$atkv(type)", "corex"), "");
  EXPECT_EQ(said_of("6.1", "$iuid=$tts", "pv"), "");
  EXPECT_EQ(said_of("5.6", "$null", "pv"), "") << "the core's own";
  // Of two series that run beside each other each has its own first release.
  EXPECT_EQ(said_of("5.8.8", "$recv(x)", "pv"), "");
  EXPECT_THAT(said_of("5.8.7", "$recv(x)", "pv"), HasSubstr("from 5.8.8 on"));
  EXPECT_THAT(said_of("6.0.6", "$recv(x)", "pv"), HasSubstr("from 6.0.7 on"));
  EXPECT_THAT(said_of("6.1", "$none", "pv"), HasSubstr("no module has 'none'"));
  EXPECT_THAT(said_of("6.1", "$dsg(x)", "pv"), HasSubstr("dispatcher, which is not loaded"));
}

TEST(Version, IsInTheReports) {
  Checked checked;
  checked.configuration = read_for("5.8", "route { exec_cmd(\"a\"); }\n");
  checked.version_from = VersionFrom::option;
  EXPECT_THAT(text_report({checked}, false),
              HasSubstr("\nread for Kamailio 5.8, selected by --kamailio"));
  const auto json = json_report({checked});
  EXPECT_EQ(json["configurations"][0]["kamailio"], "5.8");
  EXPECT_EQ(json["configurations"][0]["kamailio_from"], "option");
  const auto run = sarif_report({checked}, "1")["runs"][0];
  EXPECT_EQ(run["properties"]["kamailio"], "5.8");
  EXPECT_EQ(run["properties"]["kamailioFrom"], "option");
}

}  // namespace
}  // namespace kamexec::tool::check
