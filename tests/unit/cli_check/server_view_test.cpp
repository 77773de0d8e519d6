// SPDX-License-Identifier: GPL-2.0-or-later
// The server is a script here: what it prints is what counts.
#include "cli/check/server_view.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fixture.h"

namespace kamexec::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ServerView : public testing::Test {
 protected:
  std::string server(const std::string& script) {
    const std::string path = directory_.write("server", "#!/bin/sh\n" + script + "\n");
    EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
    return path;
  }

  /// The configuration, checked with that server.
  Checked check(const std::string& script, const std::string& text) {
    CheckOptions options;
    options.server = server(script);
    options.reading.defines = {"A=1"};
    Result<Checked> one = check_configuration(directory_.write("main.cfg", text), options);
    EXPECT_TRUE(one.has_value());
    return one ? std::move(*one) : Checked();
  }

  Directory directory_;
};

constexpr const char* kText = "request_route { exec_cmd(\"true $rU\"); exec_cmd(\"b\"); }\n";

TEST_F(ServerView, VerifiesTheSameCalls) {
  const Checked same = check("[ \"$*\" = \"--cfg-print -f $3 -A A=1\" ] && cat \"$3\"", kText);
  EXPECT_TRUE(same.is_verified);
  EXPECT_THAT(same.configuration.notes, IsEmpty());
}

TEST_F(ServerView, TellsWhereTheCallsAreOthers) {
  for (const char* script :
       {"sed s/b/c/ \"$3\"", "sed 's/exec_cmd(\"b\");//' \"$3\"", "cat \"$3\" \"$3\"", "true"}) {
    const Checked other = check(script, kText);
    EXPECT_FALSE(other.is_verified) << script;
    EXPECT_TRUE(other.is_incomplete()) << script;
    EXPECT_THAT(messages(other.configuration, Note::Severity::unseen),
                ElementsAre(HasSubstr("the server's own preprocessor gives")))
        << script;
  }
}

TEST_F(ServerView, IsLeftOutWhereTheServerSaysNothing) {
  const Checked none = check("echo 'cannot open \x1b[1m' >&2; exit 255", kText);
  EXPECT_FALSE(none.is_verified);
  EXPECT_FALSE(none.is_incomplete());
  EXPECT_THAT(messages(none.configuration, Note::Severity::comment),
              ElementsAre(HasSubstr("could not be asked: cannot open \\x1b")));
}

TEST_F(ServerView, KnowsTheVersion) {
  EXPECT_EQ(server_version(server("echo 'version: kamailio 6.0.1 (x86_64/linux) '")), "6.0.1");
  EXPECT_EQ(server_version(server("echo something else")), "");
  EXPECT_EQ(server_version(server("exit 1")), "");
  EXPECT_EQ(server_version(directory_.path() + "/none"), "");
  EXPECT_EQ(server_version(""), "");
}

}  // namespace
}  // namespace kamexec::check
