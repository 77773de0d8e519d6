// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/assessment.h"

#include <gmock/gmock.h>

#include "fixture.h"
#include "tool/check/report.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Expected {
  const char* call;
  Level level;
  bool must_change = false;
};

class Levels : public testing::TestWithParam<Expected> {};

TEST_P(Levels, AreGiven) {
  const Assessment one = assess_one(std::string(GetParam().call) + ";");
  EXPECT_EQ(word_of(one.level), word_of(GetParam().level)) << GetParam().call;
  EXPECT_EQ(one.must_change, GetParam().must_change) << GetParam().call;
  const bool says_so =
      std::any_of(one.said.begin(), one.said.end(), [](const Said& said) { return said.is_error; });
  EXPECT_EQ(says_so, one.must_change) << GetParam().call;
}

INSTANTIATE_TEST_SUITE_P(
    All, Levels,
    testing::Values(Expected{R"~(exec_cmd("true"))~", Level::constant},
                    Expected{R"~(exec_cmd("true $$HOME"))~", Level::constant},
                    Expected{R"~(exec_cmd("true $si $pp"))~", Level::limited},
                    Expected{R"~(exec_cmd("true $(rU{s.int})"))~", Level::limited},
                    Expected{R"~(exec_cmd("true $var(x)"))~", Level::possible},
                    Expected{R"~(exec_avp("true '$avp(x)'", "$avp(y)"))~", Level::possible},
                    Expected{R"~(exec_cmd("true $si $var(x) $rU"))~", Level::danger},
                    Expected{R"~(exec_msg("true '$rU'"))~", Level::danger},
                    Expected{R"~(exec_dset("true"))~", Level::danger},
                    // A comment ends at a line's end, which a folded header field holds and a user
                    // part doesn't.
                    Expected{R"~(exec_cmd("true # $rU"))~", Level::possible},
                    Expected{R"~(exec_cmd("true # $hdr(X)"))~", Level::danger},
                    Expected{R"~(exec_run("true $rU"))~", Level::own},
                    Expected{R"~(exec_cmd_async("true $rU"))~", Level::own},
                    Expected{R"~(exec_cmd($var(c)))~", Level::unseen, true},
                    Expected{R"~(exec_cmd("$var(c)"))~", Level::unseen, true},
                    Expected{R"~(exec_cmd(" '$var(c)' "))~", Level::unseen, true},
                    Expected{R"~(exec_cmd("$rU"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("true " + $rU))~", Level::danger, true},
                    Expected{R"~(exec_cmd("true " + $si))~", Level::unseen, true},
                    Expected{R"~(exec_cmd("true " + $var(x)))~", Level::unseen, true},
                    Expected{R"~(exec_cmd("true " + "$rU"))~", Level::danger},
                    Expected{R"~(exec_cmd("true $$((1 + $rU))"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("read $var(x)"))~", Level::possible, true},
                    Expected{"exec_cmd(\"cat <<'END'\n$rU\nEND\")", Level::possible, true},
                    Expected{"exec_cmd(\"cat <<'END'\n$rb\nEND\")", Level::danger, true},
                    Expected{R"~(exec_cmd("true '"))~", Level::constant, true},
                    Expected{R"~(exec_cmd("true ) ("))~", Level::constant, true},
                    Expected{R"~(exec_cmd("true $NO_SUCH"))~", Level::unseen, true},
                    Expected{R"~(exec_cmd("true $NO_SUCH $rU"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("true $(rU"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("@lcr $rU"))~", Level::own, true},
                    Expected{R"~(exec_cmd())~", Level::unseen, true},
                    Expected{R"~(exec_msg("eval $$SIP_HF_FROM"))~", Level::danger, true},
                    Expected{R"~(exec_msg("sh -c \"lcr $${SIP_USER}\""))~", Level::danger, true},
                    Expected{R"~(exec_msg("$$SIP_HF_X_CMD"))~", Level::danger, true},
                    Expected{R"~(exec_msg("cat | sh"))~", Level::danger, true},
                    Expected{R"~(exec_avp("printenv SIP_HF_X_N | sh"))~", Level::danger, true},
                    Expected{R"~(exec_avp("echo $$((SIP_HF_X_N + 1))"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("/bin/sh -c 'lcr \"$ci\"' &"))~", Level::danger, true},
                    Expected{R"~(exec_cmd("curl -s '$(si{s.replace,127,$rU})'"))~", Level::danger},
                    Expected{R"~(exec_cmd("echo $$(( $TS - 3600 )) $$(( $ml + $sp ))"))~",
                             Level::limited},
                    Expected{R"~(exec_cmd("test $(rU{s.len}) -gt 3"))~", Level::limited},
                    Expected{R"~(exec_run("sh", "$rb"))~", Level::danger, true},
                    Expected{R"~(exec_msg("true $$SIP_USER"))~", Level::constant}));

TEST(Assessment, ShowsEachVariableWithItsPlaceAndContext) {
  const Assessment one = assess_one("exec_cmd(\"lcr '$rU' \\\"$hdr(X)\\\" $$(lcr $ua)\");");
  ASSERT_EQ(one.uses.size(), 3U);
  EXPECT_EQ(one.uses[0].context, Context::single_quotes);
  EXPECT_EQ(one.uses[0].location, (SourceLocation{0, 2, 16}));
  EXPECT_EQ(one.uses[0].value, "'$(id)'");
  EXPECT_EQ(one.uses[1].context, Context::double_quotes);
  EXPECT_EQ(one.uses[1].location, (SourceLocation{0, 2, 23}));
  EXPECT_EQ(one.uses[2].context, Context::unquoted);
  EXPECT_EQ(one.uses[2].location, (SourceLocation{0, 2, 40}));
  EXPECT_TRUE(one.uses[2].in_substitution);
}

TEST(Assessment, FollowsAssignments) {
  const Assessment one = assess_one("$var(u) = $rU;\nexec_cmd(\"lcr '$(var(u){s.trim})'\");");
  EXPECT_EQ(one.level, Level::danger);
  EXPECT_EQ(one.uses.at(0).traced, "assigned from $rU at test.cfg:2");
  EXPECT_EQ(one.uses.at(0).value, "'$(id)'");
}

TEST(Assessment, ShowsHowTheLineIsRunHere) {
  const Assessment shell = assess_one("exec_cmd(\"echo TEST >> /tmp/$(rU).txt\");");
  EXPECT_EQ(run_words(shell), "/bin/sh -c 'echo TEST >> /tmp/\"${1}\".txt' exec <$(rU)>");
  const Assessment plain = assess_one("exec_cmd(\"/bin/true --from=$fU 'a b'\");");
  EXPECT_EQ(run_words(plain), "/bin/true --from=<$fU> 'a b'");
  EXPECT_THAT(run_words(assess_one("exec_dset(\"/bin/true\");")), "/bin/true <the R-URI>");
}

TEST(Assessment, HasTheFindingsAtTheirPlacesInTheFile) {
  const Assessment one = assess_one("exec_cmd(\"true\n \\t$$((1 + \"\n  \"$rU))\");");
  ASSERT_THAT(one.said, testing::SizeIs(1));
  EXPECT_TRUE(one.said[0].is_error);
  EXPECT_EQ(one.said[0].location, (SourceLocation{0, 4, 4}));
  EXPECT_THAT(one.said[0].message, HasSubstr("arithmetic"));
  EXPECT_THAT(one.said[0].remedy, Not(IsEmpty()));
}

TEST(Assessment, KnowsParametersOfTheModule) {
  const std::string calls = "request_route { exec_cmd($var(c)); exec_cmd(\"@lcr $rU\"); }";
  const Configuration allowed = read(
      "modparam(\"exec\", \"dynamic_commands\", \"allow\")\n"
      "modparam(\"exec\", \"program\", \"name=lcr; run=/bin/true\")\n" +
      calls);
  const Surroundings surroundings = surroundings_of(allowed);
  EXPECT_FALSE(assess(allowed.calls.at(0), surroundings).must_change);
  EXPECT_EQ(assess(allowed.calls.at(0), surroundings).level, Level::unseen);
  EXPECT_FALSE(assess(allowed.calls.at(1), surroundings).must_change);
  EXPECT_EQ(assess(allowed.calls.at(1), surroundings).program, "lcr");
}

/// What is said of a configuration that names @p path, and calls @a of it and @b.
Checked with_programs_of(const Directory& directory, const std::string& path) {
  const std::string file = directory.write(
      "kamailio.cfg", "modparam(\"exec\", \"programs_file\", \"" + path +
                          "\")\nrequest_route { exec_cmd(\"@a\"); exec_cmd(\"@b\"); }\n");
  auto checked = check_configuration(file, {});
  EXPECT_TRUE(checked) << checked.error().message;
  return checked.value_or(Checked());
}

TEST(Checked, KnowsTheProgramsOfFiles) {
  const Directory directory;
  const std::string path = directory.write("p.conf", "[a]\nrun = /nowhere/a\n");
  const Checked checked = with_programs_of(directory, path);
  EXPECT_FALSE(checked.has_errors());
  EXPECT_FALSE(checked.calls.at(0).must_change);
  EXPECT_TRUE(checked.calls.at(1).must_change);
}

TEST(Checked, SaysWhatIsWrongInAFileOfPrograms) {
  const Directory directory;
  const std::string path = directory.write("p.conf", "[a]\nrun = a\nmax = 0\n[a]\nrun = a\n");
  const Checked checked = with_programs_of(directory, path);
  EXPECT_THAT(messages(checked.configuration, Note::Severity::error),
              testing::ElementsAre(HasSubstr("programs_file: " + path + ":3: program a: max: ")));
  const std::string twice = directory.write("q.conf", "[a]\nrun = a\n[a]\nrun = a\n");
  EXPECT_THAT(messages(with_programs_of(directory, twice).configuration, Note::Severity::error),
              testing::ElementsAre(HasSubstr(twice + ":3: program a: it is defined twice")));
  EXPECT_THAT(messages(with_programs_of(directory, "p.conf").configuration, Note::Severity::error),
              testing::ElementsAre(HasSubstr("write a full path")));
}

TEST(Checked, DoesNotJudgeProgramsOfAFileThatIsElsewhere) {
  const Directory directory;
  const Checked checked = with_programs_of(directory, "/nowhere/programs.conf");
  EXPECT_THAT(messages(checked.configuration, Note::Severity::unseen),
              testing::ElementsAre(HasSubstr("the programs in /nowhere/programs.conf are not known "
                                             "here: No such file or directory")));
  EXPECT_FALSE(checked.calls.at(1).must_change);
}

TEST(Assessment, TakesNoVariableOfAModuleThatIsNotLoaded) {
  const std::string call = "request_route { exec_cmd(\"true $sht(a=>b)\"); }";
  const Configuration without = read("loadmodule \"pv.so\"\n" + call);
  const Assessment one = assess(without.calls.at(0), surroundings_of(without));
  ASSERT_THAT(one.missing, testing::SizeIs(1));
  EXPECT_EQ(one.missing[0].module, "htable");
  EXPECT_EQ(one.missing[0].said.location, (SourceLocation{0, 2, 32}));
  // Nothing of the call is to be changed, and all is said of it that there is to say.
  EXPECT_FALSE(one.must_change);
  EXPECT_EQ(one.level, Level::possible);
  EXPECT_TRUE(one.prepared);
  const Configuration with = read("loadmodule \"pv.so\"\nloadmodule \"htable.so\"\n" + call);
  EXPECT_FALSE(assess(with.calls.at(0), surroundings_of(with)).must_change);
  EXPECT_THAT(assess(with.calls.at(0), surroundings_of(with)).missing, IsEmpty());
}

TEST(Checked, TellsOfAModuleThatIsNotLoadedOnce) {
  const Directory directory;
  const std::string path =
      directory.write("kamailio.cfg",
                      "loadmodule \"exec.so\"\nrequest_route {\n"
                      "  exec_cmd(\"true $rU $fU\");\n  exec_cmd(\"eval $rU\");\n  exec_cmd(\"true "
                      "$sht(a=>b)\");\n  exec_cmd(\"let $rU\");\n}\n");
  const auto checked = check_configuration(path, {});
  ASSERT_TRUE(checked);
  EXPECT_THAT(
      messages(checked->configuration, Note::Severity::error),
      ElementsAre(
          HasSubstr("module pv, which is not loaded; add loadmodule \"pv.so\" (3 exec calls"),
          HasSubstr("add loadmodule \"htable.so\"")));
  EXPECT_EQ(checked->configuration.notes.front().location, (SourceLocation{0, 3, 18}));
  EXPECT_EQ(checked->calls.at(0).level, Level::danger);
  ASSERT_THAT(checked->calls.at(1).said, testing::SizeIs(1));
  EXPECT_THAT(checked->calls.at(1).said[0].message, HasSubstr("eval"));
  EXPECT_TRUE(checked->calls.at(3).must_change);
}

TEST(Assessment, IsNeverConstantWhereTheTextIsDoubtful) {
  const Configuration found = read("#!subst \"/a/$ru/\"\nrequest_route { exec_cmd(\"true a\"); }");
  const Assessment one = assess(found.calls.at(0), surroundings_of(found));
  EXPECT_EQ(one.level, Level::unseen);
  EXPECT_THAT(one.reason, HasSubstr("could not be evaluated"));
}

}  // namespace
}  // namespace kamexec::tool::check
