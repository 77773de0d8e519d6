// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/script_calls.h"

#include <gmock/gmock.h>

#include "fixture.h"
#include "tool/check/assess_script.h"

namespace kamexec::tool::check {
namespace {

using testing::SizeIs;

TEST(ScriptCalls, AreFoundByTheirNames) {
  const std::string text =
      "-- KSR.exec.exec_cmd(\"comment\")\n"
      "KSR.exec.exec_cmd(\"true\")\n"
      "  if KSR.exec.exec_avp( 'lcr' , x) then KSR.exec.exec_cmd(\"lcr \" .. user) end\n"
      "KSR.exec.exec_dset_p1(\"lcr $1\", user)\n"
      "my_exec_cmd(\"x\")\nexec_cmdx(\"y\")\nf = KSR.exec.exec_msg\n"
      "KSR.exec.exec_cmd(f\"lcr {user}\")\nKSR.exec.exec_cmd(\"lcr %s\" % user)\n"
      "$m->moduleFunction(\"exec_cmd\", \"lcr $user\")\nKSR.exec.exec_cmd(\"a\\\"b\")";
  const std::vector<ScriptCall> calls = find_script_calls(text, 0);
  ASSERT_THAT(calls, SizeIs(9));
  EXPECT_TRUE(calls[0].is_literal);
  EXPECT_EQ(calls[0].text, "true");
  EXPECT_EQ(calls[0].location, (SourceLocation{0, 2, 10}));
  EXPECT_TRUE(calls[1].is_literal);
  EXPECT_FALSE(calls[2].is_literal);
  EXPECT_TRUE(calls[3].is_literal);
  EXPECT_EQ(calls[3].function, "exec_dset_p1");
  for (std::size_t i = 4; i < calls.size(); ++i) {
    EXPECT_FALSE(calls[i].is_literal) << i;
  }
}

Assessment judged(const std::string& text) {
  const std::vector<ScriptCall> calls = find_script_calls(text, 0);
  EXPECT_THAT(calls, SizeIs(1));
  const Configuration configuration = read("");
  return calls.empty() ? Assessment()
                       : assess_script_call(calls[0], surroundings_of(configuration));
}

TEST(ScriptCalls, AreUnseenUnlessTheyAreLiterals) {
  EXPECT_EQ(judged("KSR.exec.exec_cmd(\"true\")").level, Level::constant);
  EXPECT_EQ(judged("KSR.exec.exec_dset(\"true\")").level, Level::danger);
  EXPECT_EQ(judged("KSR.exec.exec_cmd_p1(\"true $1\", x)").level, Level::own);
  EXPECT_EQ(judged("KSR.exec.exec_cmd(\"true \" .. x)").level, Level::unseen);
  EXPECT_EQ(judged("KSR.exec.exec_cmd_p1(text, x)").level, Level::unseen);
  EXPECT_FALSE(judged("KSR.exec.exec_cmd(\"true \" .. x)").must_change);
  EXPECT_EQ(judged("KSR.exec.exec_cmd_p0(\"true\")").level, Level::own);
  EXPECT_TRUE(judged("KSR.exec.exec_cmd_p1(\"let $1\", x)").must_change);
}

TEST(ScriptCalls, CallProgramsByName) {
  const auto assessed = [](const std::string& text, const char* policy) {
    const Configuration configuration = read(
        "modparam(\"exec\", \"program\", \"name=lcr; run=/bin/true\")\n"
        "modparam(\"exec\", \"dynamic_commands\", \"" +
        std::string(policy) + "\")\n");
    return assess_script_call(find_script_calls(text, 0).at(0), surroundings_of(configuration));
  };
  for (const char* call : {"KSR.exec.exec_dset_p1(\"@lcr $1\", x)", "KSR.exec.exec_dset(\"@lcr\")",
                           "KSR.exec.exec_avp_p0(\"@lcr\", \"$avp(x)\")",
                           "KSR.exec.exec_cmd_async_p2('@lcr $2 $1', x, y)"}) {
    for (const char* policy : {"auto", "refuse"}) {
      const Assessment one = assessed(call, policy);
      EXPECT_EQ(one.program, "lcr") << call;
      EXPECT_EQ(one.level, Level::own) << call;
      EXPECT_TRUE(one.said.empty()) << call << one.said.front().message;
    }
    EXPECT_TRUE(judged(call).must_change) << call;
  }
  // With words behind its name it was made at run time.
  EXPECT_FALSE(assessed("KSR.exec.exec_cmd(\"@lcr a\")", "auto").must_change);
  EXPECT_TRUE(assessed("KSR.exec.exec_cmd(\"@lcr a\")", "refuse").must_change);
  EXPECT_TRUE(assessed("KSR.exec.exec_cmd(\"true\")", "refuse").must_change);
}

TEST(Scripts, OfEnginesAreThoseThatTheirParametersName) {
  const Configuration configuration = read(
      "modparam(\"app_lua\", \"register\", \"sl\")\n"
      "modparam(\"app_lua_sr\", \"register\", \"sl\")\n"
      "modparam(\"app_python3\", \"mod_init_function\", \"init\")\n"
      "modparam(\"app_python3\", \"script_name\", \"a.py\")\n"
      "modparam(\"app_ruby\", \"load\", \"b.rb\")\n");
  ASSERT_THAT(configuration.scripts, SizeIs(2));
  EXPECT_EQ(configuration.scripts[0].path, "a.py");
  EXPECT_EQ(configuration.scripts[1].path, "b.rb");
}

TEST(Scripts, AreReadAndToldOf) {
  const Directory directory;
  const std::string script = directory.write("route.lua", "KSR.exec.exec_cmd(\"true\")\n");
  Configuration configuration = read("modparam(\"app_lua\", \"load\", \"" + script +
                                     "\")\nmodparam(\"app_jsdt\", \"load\", \"/no/such.js\")\n");
  const std::vector<ScriptCall> calls = read_scripts(configuration);
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(configuration.file_of(calls[0].location), script);
  EXPECT_THAT(messages(configuration, Note::Severity::unseen), SizeIs(2));
}

}  // namespace
}  // namespace kamexec::tool::check
