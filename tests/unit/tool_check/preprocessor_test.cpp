// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <stdlib.h>

#include "fixture.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Text {
  const char* text;
  std::vector<std::string> commands;
};

class Preprocessor : public testing::TestWithParam<Text> {};

TEST_P(Preprocessor, DoesWhatTheServersDoes) {
  const Configuration found = read(GetParam().text);
  EXPECT_THAT(commands(found), testing::ElementsAreArray(GetParam().commands)) << GetParam().text;
  EXPECT_THAT(messages(found, Note::Severity::error), IsEmpty()) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    All, Preprocessor,
    testing::Values(
        Text{"#!define A\n#!ifdef A\nexec_cmd(\"1\");\n#!else\nexec_cmd(\"2\");\n#!endif\n", {"1"}},
        Text{"#!ifdef A\nexec_cmd(\"1\");\n#!else\nexec_cmd(\"2\");\n#!endif\n", {"2"}},
        Text{"!!def A\n!!ifndef A\nexec_cmd(\"1\");\n!!else  \nexec_cmd(\"2\");\n!!endif\t\n",
             {"2"}},
        Text{"#!ifdef A\n#!ifdef B\nexec_cmd(\"1\");\n#!else\nexec_cmd(\"2\");\n#!endif\n#!else\n"
             "#!ifndef B\nexec_cmd(\"3\");\n#!endif\n#!endif\nexec_cmd(\"4\");",
             {"3", "4"}},
        // What is left out is not read at all: its quotes and comments don't count.
        Text{"#!ifdef A\n\" /* '\n#!endif\nexec_cmd(\"1\");", {"1"}},
        Text{"#!ifdef A\n# #!else\nexec_cmd(\"1\");\n#!endif\n", {"1"}},
        Text{"#!ifdef A # why\nexec_cmd(\"1\");\n#!endif\nexec_cmd(\"2\");", {"2"}},
        Text{"##!ifdef A\nexec_cmd(\"1\");", {"1"}},
        Text{"#!define CMD \"lcr $rU\"\nexec_cmd(CMD);", {"lcr $rU"}},
        Text{"#!define CMD \"lcr\" \\\n \" $rU\"\nexec_cmd(CMD);", {"lcr $rU"}},
        Text{"#!define RUN exec_cmd\n#!define ARG (\"a\")\nRUN ARG;", {"a"}},
        Text{"#!define A B\n#!define B \"b\"\nexec_cmd(A);", {"b"}},
        Text{"#!define A \"a\"\n#!trydef A \"b\"\nexec_cmd(A);", {"a"}},
        Text{"#!trydefine A \"a\"\n#!redef A \"b\"\nexec_cmd(A);", {"b"}},
        Text{"#!define A \"a\"\nexec_cmd(\"A\");", {"A"}},
        Text{"#!define A 5 # five\nexec_cmd(\"a\" + A\n);", {"a5"}},
        Text{"#!substdef \"!GW!192.0.2.1!g\"\nexec_cmd(\"GW GW\"); exec_cmd('GW');\n"
             "#!ifdef GW\nexec_cmd(\"2\");\n#!endif\n",
             {"192.0.2.1 192.0.2.1", "192.0.2.1", "2"}},
        Text{"#!substdefs \"/CMD/lcr/\"\nexec_cmd(CMD);", {"lcr"}},
        Text{"#!define MODE fast\n#!substdef \"!M!$def(MODE)!\"\nexec_cmd(\"lcr M\");",
             {"lcr fast"}},
        Text{"loadmodule \"exec.so\"\n#!ifdef MOD_exec\nexec_cmd(\"1\");\n#!endif\n", {"1"}},
        Text{"#!ifdef KAMAILIO_6_1\nexec_cmd(\"1\");\n#!endif\n", {"1"}},
        Text{"#!ifdef A\r\nexec_cmd(\"1\");\r\n#!else\r\nexec_cmd(\"2\");\r\n#!endif\r\n", {"2"}}));

TEST(Preprocessor, TakesNamesOfTheCommandLine) {
  const std::string text = "#!ifdef A\nexec_cmd(B);\n#!endif\n";
  EXPECT_THAT(commands(read(text, {"A", "B=\"b\""})), ElementsAre("b"));
  EXPECT_THAT(commands(read(text)), IsEmpty());
}

TEST(Preprocessor, TellsOfCallsThatAreLeftOut) {
  const Configuration found = read("#!ifdef A\nexec_cmd (\"1\");\n#!endif\n");
  EXPECT_THAT(messages(found, Note::Severity::comment),
              ElementsAre(HasSubstr("excluded by #!ifdef")));
  EXPECT_EQ(found.notes[0].location, (SourceLocation{0, 2, 1}));
}

TEST(Preprocessor, TellsWhatTheServerRefuses) {
  for (const char* text :
       {"#!ifdef A\n", "#!endif\n", "#!define A\n#!define A\n", "#!define 5\n", "#!define A-B c\n",
        "#!ifdef A\n#!ifdef B\n#!endif\n", "#!subst 5\n", "/* a", "$var(a", "include_file a.cfg\n",
        "include_file \"no/such.cfg\"\n"}) {
    EXPECT_THAT(messages(read(text), Note::Severity::error), testing::SizeIs(1)) << text;
  }
}

TEST(Preprocessor, CountsConditionsAsTheServerDoes) {
  for (const char* text :
       {"#!else\n", "#!endif\nexec_cmd(\"1\");\n#!ifdef A\n", "#!endif\n#!else\n#!ifndef A\n"}) {
    EXPECT_THAT(messages(read(text), Note::Severity::error), IsEmpty()) << text;
    EXPECT_THAT(messages(read(text), Note::Severity::comment), Not(IsEmpty())) << text;
  }
  EXPECT_THAT(messages(read("#!endif\n#!endif\n#!ifdef A\n"), Note::Severity::error),
              testing::SizeIs(1));
}

TEST(Preprocessor, EndsDefinesThatExpandToThemselves) {
  for (const char* text : {"#!define A A\nA;", "#!define A B\n#!define B A\nA;",
                           "#!define A A A\nA;", "#!define A \"x\" A\nexec_cmd(A);"}) {
    EXPECT_THAT(messages(read(text), Note::Severity::error), testing::Contains(HasSubstr("expand")))
        << text;
  }
}

TEST(Preprocessor, SaysWhatItCanNotKnow) {
  ASSERT_EQ(::setenv("KAMEXEC_CHECK_TEST", "\"lcr\"", 1), 0);
  ASSERT_EQ(::unsetenv("KAMEXEC_CHECK_NONE"), 0);
  const Configuration known = read("#!defenv A=KAMEXEC_CHECK_TEST\nexec_cmd(A);");
  EXPECT_THAT(commands(known), ElementsAre("lcr"));
  EXPECT_THAT(messages(known, Note::Severity::comment), testing::SizeIs(1));
  const Configuration unknown = read("#!defenv KAMEXEC_CHECK_NONE\nexec_cmd(KAMEXEC_CHECK_NONE);");
  EXPECT_THAT(messages(unknown, Note::Severity::unseen), testing::SizeIs(1));
  EXPECT_TRUE(unknown.calls.at(0).arguments.at(0).is_doubtful);
  const Configuration rule = read("#!subst \"/a/$ru/\"\nexec_cmd(\"a\");");
  EXPECT_THAT(messages(rule, Note::Severity::unseen), testing::SizeIs(1));
  EXPECT_TRUE(rule.calls.at(0).arguments.at(0).is_doubtful);
}

TEST(Preprocessor, IsNotExhaustedByNesting) {
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    text += "#!ifdef A\n#!subst \"/a/b/\"\n#!endif\n";
  }
  EXPECT_THAT(read("#!ifdef A\n" + text + "#!endif\nexec_cmd(\"1\");").calls, testing::SizeIs(1));
  std::string deep;
  for (int i = 0; i < 20000; ++i) {
    deep += "#!ifdef A\n";
  }
  EXPECT_THAT(messages(read(deep), Note::Severity::error), Not(IsEmpty()));
  EXPECT_THAT(read(std::string(100000, '(') + std::string(100000, '{')).calls, IsEmpty());
  EXPECT_THAT(read("exec_cmd(" + std::string(100000, '(')).calls, testing::SizeIs(1));
}

}  // namespace
}  // namespace kamexec::tool::check
