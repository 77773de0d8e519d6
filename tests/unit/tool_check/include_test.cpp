// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "fixture.h"
#include "tool/check/read_configuration.h"

namespace kamexec::tool::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Configuration read_file(const std::string& path) {
  Result<Configuration> found = read_configuration(path);
  EXPECT_TRUE(found.has_value());
  return found.value_or(Configuration());
}

TEST(Includes, AreReadWhereTheyStandAndKeepTheirPlaces) {
  const Directory directory;
  directory.write("a.cfg", "exec_cmd(\"a\");\n#!define IN_A\ninclude_file \"sub/b.cfg\"\n");
  directory.write("sub/b.cfg", "\n  exec_cmd(\"b\");\n#!import_file \"c.cfg\"\n");
  directory.write("sub/c.cfg", "exec_cmd(\"c\");");
  const Configuration found = read_file(directory.write(
      "main.cfg",
      "exec_cmd(\"1\");\n#!include_file \"a.cfg\"\nexec_cmd(\"2\");\n!!import_file \"none.cfg\"\n"
      "#!ifdef IN_A\nexec_cmd(\"3\");\n#!endif\n"));
  EXPECT_THAT(commands(found), ElementsAre("1", "a", "b", "c", "2", "3"));
  EXPECT_THAT(messages(found, Note::Severity::error), IsEmpty());
  EXPECT_THAT(messages(found, Note::Severity::comment), ElementsAre(HasSubstr("none.cfg")));
  EXPECT_EQ(found.file_of(found.calls[2].location), directory.path() + "/sub/b.cfg");
  EXPECT_EQ(found.calls[2].location.line, 2U);
  EXPECT_EQ(found.calls[2].location.column, 3U);
  EXPECT_EQ(found.file_of(found.calls[4].location), directory.path() + "/main.cfg");
  EXPECT_EQ(found.calls[4].location.line, 3U);
}

TEST(Includes, AreNamedBySubstitutionsAndEscapesToo) {
  const Directory directory;
  directory.write("lab.cfg", "exec_cmd(\"lab\");");
  const Configuration found = read_file(directory.write(
      "main.cfg",
      "#!subst \"/SITE/lab/\"\ninclude_file \"SITE.cfg\"\ninclude_file \"l\\ab.cfg\"\n"));
  EXPECT_THAT(commands(found), ElementsAre("lab", "lab"));
  EXPECT_THAT(found.files, SizeIs(2));
}

TEST(Includes, ThatGoInACircleAreAnError) {
  const Directory directory;
  directory.write("a.cfg", "include_file \"main.cfg\"\n");
  const Configuration found =
      read_file(directory.write("main.cfg", "exec_cmd(\"1\");\ninclude_file \"a.cfg\"\n"));
  EXPECT_THAT(messages(found, Note::Severity::error), ElementsAre(HasSubstr("includes itself")));
  EXPECT_THAT(commands(found), ElementsAre("1"));
}

TEST(Includes, NestAsDeepAsInTheServer) {
  const Directory directory;
  for (int i = 1; i < 12; ++i) {
    directory.write(std::to_string(i) + ".cfg",
                    "include_file \"" + std::to_string(i + 1) + ".cfg\"\n");
  }
  directory.write("10.cfg", "exec_cmd(\"deep\");\n");
  const std::string main = directory.write("main.cfg", "include_file \"1.cfg\"\n");
  EXPECT_THAT(commands(read_file(main)), ElementsAre("deep"));
  directory.write("10.cfg", "include_file \"11.cfg\"\n");
  directory.write("11.cfg", "exec_cmd(\"too deep\");\n");
  EXPECT_THAT(messages(read_file(main), Note::Severity::error), SizeIs(1));
}

TEST(Files, ThatAreNoneAreAnError) {
  const Directory directory;
  for (const std::string& path :
       {directory.path(), directory.path() + "/none", std::string("/dev/zero")}) {
    EXPECT_FALSE(read_configuration(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace kamexec::tool::check
