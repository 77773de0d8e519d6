// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/variable_checks.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "tool/check/report.h"

namespace kamexec::tool::check {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCall = R"~(exec_cmd("sh -c \"lookup $rU\"");)~";
constexpr const char* kCheck = R"~($rU =~ "^[0-9]+$")~";

/// @p statements with CHECK and CALL in them.
std::string filled(std::string statements) {
  for (const auto& [mark, text] : {std::pair("CHECK", kCheck), std::pair("CALL", kCall)}) {
    for (std::size_t at = statements.find(mark); at != std::string::npos;
         at = statements.find(mark)) {
      statements.replace(at, std::string(mark).size(), text);
    }
  }
  return statements;
}

/// Of the last call in a request route: those before it only stand in the way.
Assessment last_call(const std::string& statements) {
  const Configuration configuration = read_route(filled(statements));
  EXPECT_FALSE(configuration.calls.empty()) << statements;
  return configuration.calls.empty()
             ? Assessment()
             : assess(configuration.calls.back(), surroundings_of(configuration));
}

class CheckedCalls : public testing::TestWithParam<const char*> {};

TEST_P(CheckedCalls, LevelIsLimitedAndTheModuleStillRefuses) {
  const Assessment one = last_call(GetParam());
  EXPECT_EQ(word_of(one.level), "limited") << GetParam();
  EXPECT_TRUE(one.must_change);
  ASSERT_EQ(one.said.size(), 1U);
  EXPECT_THAT(one.said[0].remedy, HasSubstr("# kamexec: allow sh"));
  EXPECT_THAT(one.said[0].remedy, HasSubstr("$rU =~ \"^[0-9]+$\" at test.cfg:"));
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckedCalls,
    testing::Values(
        // In the body of an if.
        "if (CHECK) { CALL }", "if (CHECK) CALL", "if ((CHECK)) { xlog(\"x\"); CALL }",
        "if (CHECK && $si == \"192.0.2.1\") { CALL }",
        "if (is_method(\"INVITE\") && CHECK) { CALL }",
        "if (($(rU) =~ \"^[0-9]+$\") && (method == \"INVITE\")) { $var(x) = 1; CALL }",
        "if (CHECK) { if ($si == \"192.0.2.1\") { xlog(\"x\"); } else { CALL } }",
        "if (!(CHECK)) { xlog(\"no\"); } else { CALL }",
        "if (!(CHECK) || $rU == \"0\") { xlog(\"no\"); } else { CALL }",
        "if ($si == \"192.0.2.1\") { exit; } else if (CHECK) { CALL }",
        // Behind a guard.
        "if (!(CHECK)) { exit; } CALL", "if (!(CHECK)) exit; CALL",
        "if (!(CHECK)) { return; } CALL", "if (!(CHECK)) { drop; } CALL",
        "if (!(CHECK)) { return -1; } CALL",
        "if (!(CHECK)) { send_reply(\"400\", \"Bad\"); exit(); } xlog(\"$rU\"); CALL",
        "if ($rU == $null || !(CHECK)) { exit; } CALL",
        "if (!(CHECK && $si == \"192.0.2.1\")) { exit; } CALL",
        "if (CHECK) { xlog(\"a\"); } else { exit; } CALL",
        "if (!(CHECK)) { if ($si == \"x\") { return; } else { exit; } } CALL",
        "if (!(CHECK)) { exit; } if (is_method(\"INVITE\")) { xlog(\"a\"); } CALL",
        // In the condition itself.
        "if (CHECK && exec_cmd(\"sh -c 'lookup $rU'\")) { exit; }",
        "if ($si == \"a\" && CHECK && !exec_cmd(\"sh -c 'lookup $rU'\")) { exit; }",
        "if (!(CHECK)) { exit; } if (!exec_cmd(\"sh -c 'lookup $rU'\")) { exit; }",
        "if (!(CHECK)) { exit; } $var(rc) = exec_cmd(\"sh -c 'lookup $rU'\");",
        // A loop checks each time.
        "while ($var(i) < 3) { if (CHECK) { CALL } route(A); }",
        "switch ($rm) { case \"INVITE\": if (!(CHECK)) { exit; } CALL break; }",
        "if (CHECK) { exec_cmd(\"lookup $rU\"); exec_avp(\"lookup\", \"$avp(x)\"); CALL }"));

class UncheckedCalls : public testing::TestWithParam<const char*> {};

TEST_P(UncheckedCalls, LevelIsDanger) {
  const Assessment one = last_call(GetParam());
  EXPECT_EQ(word_of(one.level), "danger") << GetParam();
  ASSERT_FALSE(one.said.empty());
  EXPECT_THAT(one.said[0].remedy, Not(HasSubstr("the script checks it"))) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    All, UncheckedCalls,
    testing::Values(
        // Where the condition can be true without the check.
        "CALL", "if (CHECK) { xlog(\"a\"); } CALL", "if (CHECK || $si == \"a\") { CALL }",
        "if ($si == \"a\" || CHECK && $sp == 5060) { CALL }", "if (!(CHECK)) { CALL }",
        "if (CHECK) { xlog(\"a\"); } else { CALL }", "if (!$rU =~ \"^[0-9]+$\") { exit; } CALL",
        "if ((CHECK) || $var(x)) { CALL }", "if (CHECK) || ($var(x)) { CALL }",
        "if ((CHECK) == 0) { CALL }", "if (CHECK + 1) { CALL }", "if (CHECK | 1) { CALL }",
        "if (!((CHECK) == 1)) { exit; } CALL", "if (not CHECK) { CALL }",
        "if (CHECK or 1) { CALL }", "if (!(CHECK && $si == \"a\")) { CALL }",
        "if (!(CHECK || $si == \"a\")) { exit; } CALL", "if ($fU =~ \"^[0-9]+$\") { CALL }",
        "if ($(rU{s.substr,0,3}) =~ \"^[0-9]+$\") { CALL }", "if ($rU == \"^[0-9]+$\") { CALL }",
        "if (\"^[0-9]+$\" =~ $rU) { CALL }", "if ($rU =~ \"^[0-9]+$\" + $var(x)) { CALL }",
        "if ($rU =~ $var(p)) { CALL }", "if (exec_cmd(\"sh -c 'lookup $rU'\") && CHECK) { exit; }",
        "if ((CHECK || exec_cmd(\"sh -c 'lookup $rU'\"))) { exit; }",
        "if (CHECK || $si == \"a\" && exec_cmd(\"sh -c 'lookup $rU'\")) { exit; }",
        // Where a way leads past the guard.
        "if (!(CHECK)) { xlog(\"no\"); } CALL", "if (!(CHECK)) { exit; xlog(\"no\"); } CALL",
        "if (!(CHECK)) { if ($si == \"a\") { exit; } } CALL",
        "if (!(CHECK)) { route(REJECT); } CALL", "if (!(CHECK)) { break; } CALL",
        "if ($si == \"a\") { if (!(CHECK)) { exit; } } CALL",
        "if ($si == \"a\") { xlog(\"a\"); } else { if (!(CHECK)) { exit; } } CALL",
        "while (!(CHECK)) { exit; } CALL",
        "if (!(CHECK)) { switch ($rm) { case \"INVITE\": exit; } } CALL",
        "switch ($rm) { case \"A\": if (!(CHECK)) { exit; } case \"B\": CALL }",
        // Where the variable may have changed since.
        "if (CHECK) { $rU = $fU; CALL }", "if (CHECK) { $ru = $fu; CALL }",
        "if (CHECK) { route(A); CALL }", "if (CHECK) { lookup(\"location\"); CALL }",
        "if (CHECK) { strip(1); CALL }", "if (CHECK) { revert_uri; CALL }",
        "if (CHECK) { exec_dset(\"lookup\"); CALL }",
        "if (CHECK) { append_hf(\"X: y\\r\\n\"); CALL }",
        "if (CHECK) { exec_run(\"lookup\", \"\", \"$var(x)\"); CALL }",
        "if (CHECK && lookup(\"location\")) { CALL }",
        "if (CHECK) { if (strip(1)) { exit; } CALL }",
        "if (!(CHECK)) { exit; } if ($si == \"a\") { $rU = $fU; } CALL",
        "if (!(CHECK)) { exit; } if ($si == \"a\") { xlog(\"a\"); } else { rewriteuser($fU); } "
        "CALL",
        "if (!(CHECK)) { exit; } while ($var(i) < 3) { CALL lookup(\"location\"); }",
        "if (!(CHECK)) { exit; } send_reply(\"100\", \"Trying\"); CALL",
        "if (!(CHECK)) { exit; } } route[B] { CALL"));

TEST(VariableChecks, PatternsThatLeaveDigits) {
  for (const char* pattern : {"^[0-9]+$", "^[0-9]*$", "^[0-9]{3,15}$", "^00[1-9][0-9]{6}$",
                              "^0?[[:digit:]]+$", "^[0123456789]{4}$", "^49$"}) {
    EXPECT_EQ(read_anchored_pattern(pattern), MatchedBytes::digits) << pattern;
  }
}

TEST(VariableChecks, PatternsThatLeaveNoSign) {
  for (const char* pattern : {"^[a-z]+$", "^[0-9a-zA-Z]+$", "^\\+?[0-9]+$", "^[+0-9]*$",
                              "^[[:alnum:]]{1,9}$", "^abc[0-9]$", "^[0-9a-f]+$"}) {
    EXPECT_EQ(read_anchored_pattern(pattern), MatchedBytes::plain) << pattern;
  }
}

TEST(VariableChecks, PatternsThatLetMoreThrough) {
  for (const char* pattern : {"",
                              "^",
                              "^$",
                              "$",
                              "[0-9]+",
                              "^[0-9]+",
                              "[0-9]+$",
                              "^.*$",
                              "^[^;]+$",
                              "^[0-9]+|x$",
                              "^[0-9]+$|x",
                              "^[0-z]+$",
                              "^[A-z]+$",
                              "^[9-a]+$",
                              "^[0-9;]$",
                              "^[0-9]+$ ",
                              "^[0-9] $",
                              "^[]0-9]+$",
                              "^[0-9",
                              "^[]$",
                              "^[0-9-]+$",
                              "^\\d+$",
                              "^\\;$",
                              "^(0|1)+$",
                              "^([0-9]+)$",
                              "^+[0-9]+$",
                              "^[0-9]++$",
                              "^[0-9]{2$",
                              "^[0-9]{,3}$",
                              "^[[:punct:]]+$",
                              "^[[:space:]]$",
                              "^[[.;.]]$",
                              "^[[=a=]]$",
                              "^[0-9\\]+$",
                              "^[0-9]\\$",
                              "^[0-9]+$$",
                              "^^[0-9]+$",
                              "^[0-9]_$",
                              "^[a-]$"}) {
    EXPECT_FALSE(read_anchored_pattern(pattern)) << pattern;
  }
}

TEST(VariableChecks, LettersDoNotMakeCodeHarmless) {
  // They name programs: sh -c "reboot".
  EXPECT_EQ(last_call("if ($rU =~ \"^[a-z0-9]+$\") { CALL }").level, Level::danger);
  EXPECT_EQ(last_call("if ($rU =~ \"^\\\\+?[0-9]+$\") { CALL }").level, Level::danger);
  EXPECT_EQ(last_call("if ($rU =~ \"^[a-z]+$\") { exec_cmd(\"$rU x\"); }").level, Level::danger);
  EXPECT_EQ(last_call("if ($rU =~ \"^[a-z]+$\") { exec_cmd(\"true $$(($rU))\"); }").level,
            Level::danger);
  // Pasted into a shell's text they end nothing.
  const Assessment one =
      last_call("if ($rU =~ \"^[a-z0-9]+$\") { exec_cmd(\"/bin/echo '$rU'\"); }");
  EXPECT_EQ(one.level, Level::limited);
  EXPECT_FALSE(one.must_change);
  EXPECT_EQ(one.uses.at(0).value, "");
}

TEST(VariableChecks, AllowedPlaceIsNotToBeChanged) {
  const Assessment one =
      last_call("if (CHECK) { exec_cmd(\"# kamexec: allow sh\\nsh -c \\\"lookup $rU\\\"\"); }");
  EXPECT_EQ(one.level, Level::limited);
  EXPECT_FALSE(one.must_change);
}

TEST(VariableChecks, VariablesOfTheScriptAreChecked) {
  constexpr const char* kOfVar = "$var(n) = $rU; if (!($var(n) =~ \"^[0-9]+$\")) { exit; } ";
  const std::string call = "exec_cmd(\"sh -c \\\"lookup $var(n)\\\"\");";
  EXPECT_EQ(last_call(kOfVar + call).level, Level::limited);
  EXPECT_EQ(last_call(kOfVar + ("$var(m) = $rU; " + call)).level, Level::limited);
  EXPECT_EQ(last_call(kOfVar + ("$var(n) = $rU; " + call)).level, Level::danger);
  EXPECT_EQ(last_call(kOfVar + ("$(var(n)) = $rU; " + call)).level, Level::danger);
  // Other processes change these, or a variable within picks another.
  for (const char* name : {"$shv(n)", "$sht(a=>n)", "$hdr($var(n))", "$(hdr(X)[$var(n)])"}) {
    const std::string variable(name);
    EXPECT_EQ(
        last_call("$shv(n) = $rU; $sht(a=>n) = $rU; $var(n) = $rU; if (" + variable +
                  " =~ \"^[0-9]+$\") { exec_cmd(\"sh -c \\\"lookup " + variable + "\\\"\"); }")
            .level,
        Level::danger)
        << name;
  }
}

TEST(VariableChecks, OtherValuesInTheTextStayDangerous) {
  for (const char* text :
       {"sh -c \\\"lookup $rU $fU\\\"", "sh -c \\\"lookup $fU $rU\\\"",
        "n=$rU; n=$fU; sh -c \\\"lookup $$n\\\"", "sh -c \\\"lookup $(rU{s.trim})\\\""}) {
    const Assessment one = last_call("if (CHECK) { exec_cmd(\"" + std::string(text) + "\"); }");
    EXPECT_EQ(one.level, Level::danger) << text;
    EXPECT_TRUE(one.must_change) << text;
  }
}

TEST(VariableChecks, ArithmeticOfDigitsIsLimited) {
  const Assessment one = last_call("if (CHECK) { exec_cmd(\"echo $$(($rU % 2))\"); }");
  EXPECT_EQ(one.level, Level::limited);
  EXPECT_TRUE(one.must_change);
  EXPECT_THAT(one.said.at(0).remedy, HasSubstr("the script checks it"));
}

TEST(VariableChecks, FunctionsOfThisModuleAloneAreLimitedToo) {
  const Assessment one = last_call("if (CHECK) { exec_run(\"sh -c \\\"lookup $rU\\\"\"); }");
  EXPECT_EQ(one.level, Level::limited);
  EXPECT_TRUE(one.must_change);
}

TEST(VariableChecks, WhatIsNoStatementEndsTheSearch) {
  for (const char* statements :
       {"if (CHECK { CALL }", "if CHECK { CALL }", "if (CHECK) ; } CALL", "if (CHECK) ] CALL",
        "if (CHECK) else CALL", "switch ($rm) CALL", "else { CALL", "if (CHECK))) { CALL }"}) {
    const Configuration configuration = read_route(filled(statements));
    for (const Call& call : configuration.calls) {
      EXPECT_EQ(assess(call, surroundings_of(configuration)).level, Level::danger) << statements;
    }
  }
  for (const auto& [depth, level] :
       {std::pair(10U, Level::limited), std::pair(90'000U, Level::danger)}) {
    const std::string condition = std::string(depth, '(') + "CHECK" + std::string(depth, ')');
    EXPECT_EQ(last_call("if (" + condition + ") { CALL }").level, level) << depth;
  }
}

TEST(VariableChecks, ReportNamesThem) {
  Directory directory;
  const std::string path = directory.write(
      "a.cfg", filled("request_route {\nif (CHECK) { exec_cmd(\"/bin/echo $rU\"); } }\n"));
  const Result<Checked> checked = check_configuration(path, {});
  ASSERT_TRUE(checked);
  EXPECT_THAT(text_report({*checked}, false),
              HasSubstr("checked before the call by =~ \"^[0-9]+$\" at " + path + ":2"));
  EXPECT_EQ(json_report({*checked})["configurations"][0]["calls"][0]["uses"][0]["checked"],
            "=~ \"^[0-9]+$\" at " + path + ":2");
}

}  // namespace
}  // namespace kamexec::tool::check
