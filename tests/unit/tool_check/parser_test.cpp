// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "fixture.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Calls, AreFoundInEveryRouteBlock) {
  const Configuration found = read(R"~(#!KAMAILIO
loadmodule "exec.so"
request_route { if (!exec_dset("1")) { exit; } route(A); }
route[A] { if ($rU == "x" && exec_avp("2", "$avp(a), $avp(b)")) { xlog("exec_cmd(no)"); } }
failure_route[GW] { while (exec_msg ( "3" )) { break; } }
onreply_route { switch ($rs) { case 1: exec_cmd("4"); break; default: exec_run("5", "$rb"); } }
branch_route[B] { $var(x) = exec_cmd("6"); }
event_route[tm:branch-failure:b1] { exec_cmd_async("7"); }
reply_route { exec_avp_async("8", "NEXT"); }
route { exec_cmd("9"); }
)~");
  EXPECT_THAT(commands(found), ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9"));
  std::vector<std::string> routes;
  for (const Call& call : found.calls) {
    routes.push_back(call.route);
  }
  EXPECT_THAT(routes, ElementsAre("request_route", "route[A]", "failure_route[GW]", "onreply_route",
                                  "onreply_route", "branch_route[B]",
                                  "event_route[tm:branch-failure:b1]", "reply_route", "route"));
  EXPECT_EQ(found.calls[1].arguments.size(), 2U);
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST(Calls, HaveThePlaceOfTheirName) {
  const Configuration found = read("request_route {\n  if (1) exec_cmd(\n \"a\"); exec_cmd('b');}");
  EXPECT_EQ(found.calls.at(0).location, (SourceLocation{0, 2, 10}));
  EXPECT_EQ(found.calls.at(1).location, (SourceLocation{0, 3, 8}));
}

TEST(Calls, InCommentsAndStringsAreNone) {
  const Configuration found = read_route(R"~(
# exec_cmd("1");
// exec_cmd("2");
/* exec_cmd("3"); /* nested */ exec_cmd("4"); */
xlog("exec_cmd(\"5\")"); xlog('exec_cmd("6")');
my_exec_cmd("7"); exec_cmds("8"); $var(exec_cmd) = 1;
exec_cmd("9"); # exec_cmd("10")
)~");
  EXPECT_THAT(commands(found), ElementsAre("9"));
}

TEST(Arguments, ThatAreBuiltAtRunTimeAreExpressions) {
  for (const char* argument :
       {"$var(c)", "\"a\" + $rU", "$(var(c){s.trim})", "\"a\" + \"b\" + $avp(x)", "@cfg_get.a.b",
        "(\"a\" + $rU)", "is_method(\"INVITE\")", "some_word", "-1"}) {
    const Configuration found = read_route("exec_cmd(" + std::string(argument) + ");");
    ASSERT_EQ(found.calls.size(), 1U) << argument;
    EXPECT_EQ(found.calls[0].arguments.at(0).kind, Argument::Kind::expression) << argument;
  }
  const Configuration found = read_route("exec_cmd(\"lcr $si \" + $rU);");
  EXPECT_THAT(found.calls.at(0).arguments.at(0).variables, ElementsAre("$si", "$rU"));
}

TEST(Calls, WithoutAnEndAreAnError) {
  for (const char* text : {"exec_cmd(\"a\"", "exec_cmd(\"a\";", "exec_cmd(", "exec_cmd(\"a\" }"}) {
    const Configuration found = read(text);
    EXPECT_THAT(messages(found, Note::Severity::error), Not(IsEmpty())) << text;
    EXPECT_EQ(found.calls.size(), 1U) << text;
  }
}

TEST(Calls, WithinAnArgumentOrAStringOfAnEngineAreToldOf) {
  EXPECT_THAT(messages(read_route("exec_cmd(exec_avp(\"a\"));"), Note::Severity::unseen),
              ElementsAre(HasSubstr("in the argument of another")));
  EXPECT_THAT(
      messages(read_route("lua_runstring(\"KSR.exec.exec_cmd('a')\");"), Note::Severity::unseen),
      ElementsAre(HasSubstr("script engine")));
}

TEST(Modules, AndTheirParametersAreRead) {
  const Configuration found = read(R"~(
loadmodule "/usr/lib/kamailio/kamexec/exec.so"
loadmodule "pv"
modparam("exec", "time_to_kill", 5)
modparam('exec|tm', "dynamic_commands", "al" "low")
modparam("tm", "fr_timer", 5)
modparam("app_lua", "load", "/etc/kamailio/route.lua")
modparam("app_python3", "load", "route.py")
)~");
  EXPECT_THAT(found.modules, ElementsAre("exec", "pv"));
  ASSERT_EQ(found.parameters.size(), 2U);
  EXPECT_EQ(found.parameters[0].value, "5");
  EXPECT_EQ(found.parameters[1].name, "dynamic_commands");
  EXPECT_EQ(found.parameters[1].value, "allow");
  ASSERT_EQ(found.scripts.size(), 2U);
  EXPECT_EQ(found.scripts[0].path, "/etc/kamailio/route.lua");
  EXPECT_EQ(found.scripts[1].module, "app_python3");
}

TEST(Assignments, KnowWhatIsOnTheirRight) {
  const Configuration found = read_route(
      "$var(a) = $rU; $avp(b) = \"x $fU\" + $var(a);\nif ($var(a) == $tU) { $var(c) = 1; }");
  ASSERT_EQ(found.assignments.size(), 2U);
  EXPECT_EQ(found.assignments[0].target, "$var(a)");
  EXPECT_THAT(found.assignments[1].sources, ElementsAre("$fU", "$var(a)"));
}

}  // namespace
}  // namespace kamexec::tool::check
