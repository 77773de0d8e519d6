// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tool/report_parts.h"

namespace kamexec::tool {
namespace {

using testing::HasSubstr;
using testing::Not;

Trial an_avp_call() {
  Trial trial;
  trial.call = TryCall::avp;
  trial.command = "cat $rU";
  trial.variables = {{"$rU", Value::of("b\xff")}, {"$avp(x)", Value::null()}};
  trial.program = "/bin/cat";
  trial.argv = {"cat", "b\xff"};
  trial.environment = {{"SIP_USER", "b\xff"}, {"PATH", "/bin"}};
  trial.ran = true;
  trial.result.outcome.cause = process::Cause::nonzero_exit;
  trial.result.outcome.exit_status = 1;
  trial.result.error = "cat: \x1b[31mb\n";
  trial.assigned = {{"$avp(i:1)", "v"}};
  return trial;
}

TEST(TextReport, ShowsBytesFromOutsideHarmlessly) {
  const std::string text = text_report(an_avp_call(), false);
  EXPECT_THAT(text, HasSubstr("exec_avp(\"cat $rU\")"));
  EXPECT_THAT(text, HasSubstr("\"b\\xff\""));
  EXPECT_THAT(text, HasSubstr("<null>"));
  EXPECT_THAT(text, HasSubstr("no, the function returns -1, exit status 1"));
  EXPECT_THAT(text, HasSubstr("$avp(i:1) = \"v\""));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_report(an_avp_call(), true), HasSubstr("\x1b["));
}

TEST(TextReport, PutsACaretUnderTheFault) {
  Trial trial;
  trial.command = "one\ntwo $HOME x";
  trial.refused = true;
  command::Finding finding;
  finding.line = 2;
  finding.column = 5;
  finding.message = "wrong";
  finding.remedy = "right";
  trial.findings = {finding};
  const std::string text = text_report(trial, false);
  EXPECT_THAT(text, HasSubstr("line 2, column 5: wrong; right"));
  EXPECT_THAT(text, HasSubstr("                two $HOME x\n                    ^\n"));
  EXPECT_THAT(text, HasSubstr("refused"));
}

TEST(JsonReport, HoldsEveryByte) {
  const auto report = nlohmann::json::parse(json_report(an_avp_call()));
  EXPECT_EQ(report["function"], "exec_avp");
  EXPECT_EQ(report["argv"][0], "cat");
  EXPECT_EQ(report["argv"][1]["hex"], "62ff");
  EXPECT_EQ(report["environment"]["SIP_USER"]["hex"], "62ff");
  EXPECT_TRUE(report["variables"][1]["value"].is_null());
  EXPECT_EQ(report["outcome"]["word"], "no");
  EXPECT_EQ(report["outcome"]["rc"], -1);
  EXPECT_EQ(report["assigned"][0]["value"], "v");
}

TEST(JsonReport, LeavesOutWhatWasNotDone) {
  Trial trial = an_avp_call();
  trial.ran = false;
  EXPECT_FALSE(nlohmann::json::parse(json_report(trial)).contains("outcome"));
  trial.refused = true;
  EXPECT_FALSE(nlohmann::json::parse(json_report(trial)).contains("argv"));
  EXPECT_EQ(nlohmann::json::parse(json_error({"a\xff", 0}))["error"]["hex"], "61ff");
}

}  // namespace
}  // namespace kamexec::tool
