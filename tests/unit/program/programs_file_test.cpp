// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/programs_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "program/read_program.h"

namespace kamexec::program {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

ProgramsFiles of(std::string_view text, Reader reader = Reader::daemon) {
  ProgramsFiles files;
  read_programs_text(text, "f", reader, files);
  return files;
}

/// The one program of a good file.
ProgramDefinition program_of(std::string_view text) {
  ProgramsFiles files = of(text);
  EXPECT_THAT(files.mistakes, IsEmpty());
  EXPECT_THAT(files.programs, SizeIs(1)) << text;
  return files.programs.size() == 1 ? files.programs.front().definition : ProgramDefinition();
}

std::vector<std::string> mistakes_in(std::string_view text) {
  return of(text).mistakes;
}

TEST(ProgramsFile, IsReadAsTheSameDefinitionsAreInTheParameter) {
  const ProgramsFiles files = of(R"(# Least-cost routing
[lcr]
run = /usr/local/bin/lcr-worker --db 'host=a b' "say \"x\""
via = pool
; four of them
workers=4
environment = PATH TZ=UTC
timeout =200ms

[billing]
  # with a comment
run	=	sh -c 'a; b' c;d
allow = @sip
cache = 30s
)");
  EXPECT_THAT(files.mistakes, IsEmpty());
  ASSERT_THAT(files.programs, SizeIs(2));
  EXPECT_EQ(
      files.programs[0].definition,
      read_program("name=lcr; run=/usr/local/bin/lcr-worker --db 'host=a b' \"say \\\"x\\\"\"; "
                   "via=pool; workers=4; environment=PATH TZ=UTC; timeout=200ms")
          .value());
  EXPECT_EQ(files.programs[1].definition,
            read_program("name=billing; run=sh -c 'a; b' 'c;d'; allow=@sip; cache=30s").value());
  EXPECT_EQ(files.programs[0].origin.place(), "f:2");
  EXPECT_EQ(files.programs[0].origin.place("timeout"), "f:8");
  EXPECT_EQ(files.programs[0].origin.place("user"), "f:2");
  EXPECT_EQ(files.programs[1].origin.place("cache"), "f:14");
}

TEST(ProgramsFile, ALineThatBeginsWithBlanksContinuesTheOneAbove) {
  EXPECT_THAT(program_of("[p]\nrun = /bin/p a\n  'b c'\n\n# why\n\td=e timeouts=5\n").run,
              ElementsAre("/bin/p", "a", "b c", "d=e", "timeouts=5"));
  EXPECT_THAT(program_of("[p]\nrun =\n  /bin/p\n").run, ElementsAre("/bin/p"));
}

TEST(ProgramsFile, EndsWithoutALineEndToo) {
  EXPECT_THAT(program_of("[p]\nrun=p").run, ElementsAre("p"));
  EXPECT_THAT(program_of("[ p ] \nrun = p ").run, ElementsAre("p"));
  EXPECT_THAT(of("").mistakes, IsEmpty());
  EXPECT_THAT(of("\n\n# nothing\n").programs, IsEmpty());
}

struct Wrong {
  std::string text;
  std::string place_and_what;  ///< how the only message begins
  std::string remedy;
};

TEST(ProgramsFile, AMistakeNamesItsLineAndTheRemedy) {
  const std::string p = "[p]\nrun = p\n";
  const Wrong cases[] = {
      {p + "timeout = 2\n", "f:3: program p: timeout: \"2\" is not a time", "200ms"},
      {p + "timout = 2s\n", "f:3: program p: there is no attribute \"timout\"", "write timeout"},
      {p + "\ntimeout = 1s # short\n", "f:4: program p: timeout: a comment needs a line",
       "move it"},
      {p + "max = 1 queue = 2\n", "f:3: program p: max: takes one value", "a line of its own"},
      {p + "max = 1; queue = 2\n", "f:3: program p: max: takes one value", "a line of its own"},
      {p + "max\n", "f:3: program p: \"max\" has no value", "write attribute = value"},
      {p + "= 1\n", "f:3: program p: there is a '=' without a name", ""},
      {p + "user = 'a\n", "f:3: program p: user: a quote, ', is not closed", ""},
      {p + "user = a\\\n", "f:3: program p: user: the text ends in a backslash", "write two"},
      {p + "max = 1\n\nmax = 1\n", "f:5: program p: max is given twice (also in line 3)", "remove"},
      {p + "name = p\n", "f:3: program p: name: the section's name", "remove this line"},
      {p + "workers = 3\n", "f:3: program p: workers is for pools", "add via=pool"},
      {p + "queue_time = 3s\n", "f:3: program p: queue_time (3s) is more than timeout", "raise"},
      {p + "via = service\n", "f:3: program p: via=service passes calls on",
       "write spawn, pool or nats"},
      {p + "  timeout = 1s\n", "f:3: program p: \"timeout = 1s\" has blanks before it", "remove"},
      {p + "  [q]\n", "f:3: program p: \"[q]\" has blanks before it", "remove them"},
      {"[p]\n  run = p\n", "f:2: program p: \"run = p\" has blanks before it, and no line", ""},
      {"[p]\n", "f:1: program p: run is missing", "write run=PROGRAM"},
      {"run = p\ntimeout = 1s\n", "f:1: there is no section above this line", "write [NAME]"},
      {"x\n[p]\nrun=p\n", "f:1: there is no section above this line", "write [NAME]"},
      {"\n[a b]\nrun = p\n  x\n", "f:2: [a b]: \"a b\" is not a valid name", "letters, digits"},
      {"[p\nrun = p\n", "f:1: a section is [NAME], alone in its line", ""},
      {"[p] # p\nrun = p\n", "f:1: a section is [NAME], alone in its line", ""},
      {"[]\nrun = p\n", "f:1: a section is [NAME], alone in its line", ""},
      {"[\n", "f:1: a section is [NAME], alone in its line", ""},
      {"[nats]\nservers\n", "f:2: \"servers\" has no value", "write attribute = value"},
      {"[p]\r\nrun = p\r\n\r\n", "f:1: lines end in CR LF", "sed"},
      {"\xef\xbb\xbf[p]\nrun = p\n", "f:1: the file begins with a byte order mark", "without one"},
      {std::string("[p]\nrun = p\0q\nrun = p\n", 22), "f:2: program p: there is a NUL byte", ""},
      {p + "run2 = " + std::string(kLongestDefinition, 'x') + "\n",
       "f:3: program p: run2: the section is longer than 16384 bytes", "file of its own"},
  };
  for (const Wrong& c : cases) {
    EXPECT_THAT(mistakes_in(c.text),
                ElementsAre(AllOf(StartsWith(c.place_and_what), HasSubstr(c.remedy))))
        << c.text.substr(0, 200);
  }
}

TEST(ProgramsFile, AllMistakesAreListedByLine) {
  EXPECT_THAT(mistakes_in(R"([a]
via = poll
timeout = 5
timeout = 1s
 user = x
[b]
run = b
workers = 2
age = 1h
[c]
run = c
)"),
              ElementsAre(StartsWith("f:2: program a: via: \"poll\""),
                          StartsWith("f:3: program a: timeout: "),
                          StartsWith("f:4: program a: timeout is given twice"),
                          StartsWith("f:8: program b: workers is for pools"),
                          StartsWith("f:9: program b: age is for pools")));
  const ProgramsFiles files = of("[a]\nuser = u\nmax = x\n[c]\nrun = c\n");
  EXPECT_THAT(files.programs, SizeIs(1));
  ASSERT_THAT(files.mistaken, SizeIs(1));
  EXPECT_EQ(files.mistaken[0].definition.user, "u");
  EXPECT_EQ(files.mistaken[0].origin.place("user"), "f:2");
}

TEST(ProgramsFile, ThereIsAnEndOfMistakes) {
  std::string text;
  for (std::size_t i = 0; i < 3 * kMostMistakes; ++i) {
    text += "[p q]\n";
  }
  const auto mistakes = mistakes_in(text);
  ASSERT_THAT(mistakes, SizeIs(kMostMistakes + 1));
  EXPECT_THAT(mistakes.back(), HasSubstr("f:101: there are too many mistakes"));
}

TEST(ProgramsFile, ThereIsAnEndOfPrograms) {
  std::string text;
  for (std::size_t i = 0; i <= kMostPrograms; ++i) {
    text += "[p" + std::to_string(i) + "]\nrun = p\n";
  }
  const ProgramsFiles files = of(text);
  EXPECT_THAT(files.mistakes, ElementsAre("f:2001: there are more than 1000 programs"));
  EXPECT_THAT(files.programs, SizeIs(kMostPrograms));
}

TEST(ProgramsFile, HandsOutTheDaemonsSections) {
  const ProgramsFiles files = of(R"([kamexecd]
socket_mode = 0600
log_calls = 'yes'
[p]
run = p
[kamexecd]
socket_mode = 0660
)");
  EXPECT_THAT(files.mistakes, IsEmpty());
  ASSERT_THAT(files.daemon, SizeIs(3));
  EXPECT_EQ(files.daemon[1].attribute.name, "log_calls");
  EXPECT_THAT(files.daemon[1].attribute.words, ElementsAre("yes"));
  EXPECT_EQ(files.daemon[2].place(), "f:7");
  EXPECT_THAT(files.programs, SizeIs(1));
  EXPECT_THAT(files.nats, IsEmpty());
}

TEST(ProgramsFile, HandsOutTheSectionsOfNats) {
  const ProgramsFiles files = of(R"([nats]
servers = nats://a
  nats://b
[p]
run = p
[nats]
zone = z
)");
  EXPECT_THAT(files.mistakes, IsEmpty());
  EXPECT_THAT(files.daemon, IsEmpty());
  ASSERT_THAT(files.nats, SizeIs(2));
  EXPECT_THAT(files.nats[0].attribute.words, ElementsAre("nats://a", "nats://b"));
  EXPECT_EQ(files.nats[1].place(), "f:7");
}

TEST(ProgramsFile, TheServerReadsTheDaemonsFile) {
  const ProgramsFiles files =
      of("[kamexecd]\nno_such = 1\n[nats]\nurl = x\n[p]\nvia = service\n[q]\nrun = q\ncache = 1s\n",
         Reader::server);
  EXPECT_THAT(files.mistakes, IsEmpty());
  EXPECT_THAT(files.programs, SizeIs(2));
}

TEST(ProgramsFile, MessagesShowNothingThatATerminalWouldObey) {
  for (const char* text :
       {"\x1b[2J", "[\x1b[2J]", "[p]\n\x1b[2J = 1\nrun = p", "[p]\nmax=\x1b[2J"}) {
    for (const std::string& mistake : mistakes_in(text)) {
      EXPECT_EQ(mistake.find('\x1b'), std::string::npos) << text;
    }
  }
}

class ProgramsPath : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    const std::string path = directory_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] ProgramsFiles read(const std::string& name = "") const {
    ProgramsFiles files;
    read_programs_path(name.empty() ? directory_ : directory_ + "/" + name, Reader::daemon, files);
    return files;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    const ProgramsFiles files = read();
    EXPECT_THAT(files.mistakes, IsEmpty());
    std::vector<std::string> names;
    for (const PlacedDefinition& program : files.programs) {
      names.push_back(program.definition.name);
    }
    return names;
  }

  std::string directory_ = "/tmp/kamexec-test-XXXXXX";
};

TEST_F(ProgramsPath, ADirectoryHasOneFileAndMore) {
  write("programs.conf", "[main]\nrun = p\n");
  EXPECT_THAT(names(), ElementsAre("main"));
  write("programs.d/20-b.conf", "[b]\nrun = p\n");
  write("programs.d/10-a.conf", "[a]\nrun = p\n");
  write("programs.d/README", "no program\n");
  write("programs.d/.hidden.conf", "no program\n");
  write("programs.d/old.conf.dpkg-old", "no program\n");
  EXPECT_THAT(names(), ElementsAre("main", "a", "b"));
  std::filesystem::remove(directory_ + "/programs.conf");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  EXPECT_EQ(read().programs[0].origin.place(), directory_ + "/programs.d/10-a.conf:1");
}

TEST_F(ProgramsPath, AFileIsReadAlone) {
  write("programs.conf", "[main]\nrun = p\n");
  write("programs.d/a.conf", "[a]\nrun = p\n");
  EXPECT_THAT(read("programs.conf").programs, SizeIs(1));
  EXPECT_THAT(read("programs.d/a.conf").programs, SizeIs(1));
}

TEST_F(ProgramsPath, WhatCannotBeRead) {
  EXPECT_THAT(
      read().mistakes,
      ElementsAre(directory_ + ": there is neither programs.conf nor programs.d/*.conf in it"));
  EXPECT_THAT(read("nothing").mistakes,
              ElementsAre(directory_ + "/nothing: can't be read: No such file or directory"));
  write("programs.d/a.conf/x", "");
  EXPECT_THAT(read().mistakes,
              ElementsAre(directory_ + "/programs.d/a.conf: is not an ordinary file"));
  ASSERT_EQ(::mkfifo((directory_ + "/fifo").c_str(), 0600), 0);
  EXPECT_THAT(read("fifo").mistakes, ElementsAre(EndsWith("is not an ordinary file")));
  ASSERT_EQ(::symlink("nowhere", (directory_ + "/programs.conf").c_str()), 0);
  EXPECT_THAT(read().mistakes, ElementsAre(HasSubstr("programs.conf: can't be read: No such file"),
                                           HasSubstr("a.conf")));
  write("large", std::string(kLargestProgramsFile + 1, '\n'));
  EXPECT_THAT(read("large").mistakes, ElementsAre(EndsWith("is larger than 1048576 bytes")));
  write("fits", std::string(kLargestProgramsFile, '\n'));
  EXPECT_THAT(read("fits").mistakes, IsEmpty());
  write("not-a-directory/programs.d", "");
  EXPECT_THAT(read("not-a-directory").mistakes,
              ElementsAre(HasSubstr("programs.d: can't be read: Not a directory")));
}

}  // namespace
}  // namespace kamexec::program
