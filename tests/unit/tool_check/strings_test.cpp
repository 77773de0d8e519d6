// SPDX-License-Identifier: GPL-2.0-or-later
// Strings as the server's lexer reads them (core/cfg.lex).
#include <gmock/gmock.h>

#include "fixture.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Written {
  const char* argument;
  std::string text;
};

class Strings : public testing::TestWithParam<Written> {};

TEST_P(Strings, AreWhatTheServerHas) {
  const Configuration read = read_route("exec_cmd(" + std::string(GetParam().argument) + ");");
  EXPECT_THAT(commands(read), ElementsAre(GetParam().text));
  EXPECT_EQ(read.calls[0].arguments[0].kind, Argument::Kind::constant);
  EXPECT_THAT(read.notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, Strings,
    testing::Values(Written{R"("a b")", "a b"}, Written{R"("a\"b\\c")", "a\"b\\c"},
                    Written{R"("a\n\r\t\a")", "a\n\r\t\a"}, Written{R"("\x41\x4a!")", "AJ!"},
                    Written{R"("\x4Ag")", "Jg"}, Written{R"("\101\60")", "A0"},
                    Written{R"("\1\9\z")", R"(\1\9\z)"}, Written{R"("it's")", "it's"},
                    Written{R"('a "b" \n')", R"(a "b" \n)"}, Written{"\"a\"  \n\t\"b\"", "ab"},
                    Written{"\"a\\\nb\"", "ab"}, Written{"\"a\n  b\"", "a\n  b"},
                    Written{"'a\n  b'", "a\n  b"}, Written{R"("a" + "b")", "ab"},
                    Written{R"("a" + 'b' + "c" + 5)", "abc5"},
                    Written{R"("a # b // c /* d")", "a # b // c /* d"},
                    Written{R"("a)b,c")", "a)b,c"}, Written{R"("")", ""},
                    // A string ends at a NUL byte, as it does in C.
                    Written{R"("a\x00b")", "a"}));

TEST(StringLocations, AreThoseOfEachByte) {
  const Configuration read = read_route("exec_cmd(\"a\\tb\"\n  \"c\");");
  const Argument& argument = read.calls.at(0).arguments.at(0);
  ASSERT_EQ(argument.text, "a\tbc");
  EXPECT_THAT(argument.locations, ElementsAre(SourceLocation{0, 2, 11}, SourceLocation{0, 2, 12},
                                              SourceLocation{0, 2, 14}, SourceLocation{0, 3, 4}));
}

TEST(StringLocations, AreNotGivenWhereASubstitutionChangedTheString) {
  const Configuration read = check::read(
      "#!subst \"/GW/192.0.2.1/\"\nrequest_route { exec_cmd(\"call GW\"); exec_cmd(\"b\"); }\n");
  EXPECT_THAT(commands(read), ElementsAre("call 192.0.2.1", "b"));
  EXPECT_THAT(read.calls[0].arguments[0].locations, IsEmpty());
  EXPECT_EQ(read.calls[1].arguments[0].locations.size(), 1U);
}

TEST(Strings, ThatAreNotClosedAreAnError) {
  for (const char* text : {"exec_cmd(\"a", "exec_cmd('a", "exec_cmd(\"a\\"}) {
    const Configuration read = check::read(text);
    EXPECT_THAT(messages(read, Note::Severity::error),
                testing::Contains(testing::HasSubstr("is not closed")))
        << text;
  }
}

}  // namespace
}  // namespace kamexec::tool::check
