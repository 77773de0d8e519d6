// SPDX-License-Identifier: GPL-2.0-or-later
// The server is a script here: what it prints is what counts.
#include "tool/check/server_view.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fixture.h"

namespace kamexec::tool::check {
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
    options.server_version = server_version(options.server);
    options.reading.defines = {"A=1"};
    Result<Checked> one = check_configuration(directory_.write("main.cfg", text), options);
    EXPECT_TRUE(one.has_value());
    return one ? std::move(*one) : Checked();
  }

  Directory directory_;
};

constexpr const char* kText = "request_route { exec_cmd(\"true $rU\"); exec_cmd(\"b\"); }\n";

TEST_F(ServerView, VerifiesTheSameCalls) {
  const Checked same =
      check("[ \"$*\" = \"--atexit=yes --cfg-print -f $4 -A A=1\" ] && cat \"$4\"", kText);
  EXPECT_TRUE(same.is_verified);
  EXPECT_THAT(same.configuration.notes, IsEmpty());
}

TEST_F(ServerView, TellsWhereTheCallsAreOthers) {
  for (const char* script :
       {"sed s/b/c/ \"$4\"", "sed 's/exec_cmd(\"b\");//' \"$4\"", "cat \"$4\" \"$4\"", "true"}) {
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
              ElementsAre(HasSubstr("could not be run: cannot open \\x1b")));
}

/// A server of that version: without --atexit=yes its output is lost, and it always ends with 255.
std::string newer(const std::string& version) {
  return "case $1 in -v) echo 'version: kamailio " + version +
         " (x86_64/linux) '; exit;; --atexit=yes) cat \"$4\";; esac; exit 255";
}

TEST_F(ServerView, AsksServersThatEndInAnErrorAlways) {
  for (const char* version : {"5.7.0", "5.8.8", "6.1.4", "6.2.0-dev0"}) {
    const Checked same = check(newer(version), kText);
    EXPECT_TRUE(same.is_verified) << version;
    EXPECT_THAT(same.configuration.notes, IsEmpty()) << version;
  }
  const Checked failed = check(newer("5.6.3"), kText);
  EXPECT_FALSE(failed.is_verified) << "in 5.6 this status is an error";
  EXPECT_THAT(messages(failed.configuration, Note::Severity::comment),
              ElementsAre(HasSubstr("could not be run")));
}

TEST_F(ServerView, TellsWhereANewerServerSaysNothing) {
  const std::string version = "case $1 in -v) echo 'version: kamailio 6.1.4 (x86_64/linux) ';; ";
  for (const char* rest : {"*) exit 255;; esac", "*) cat \"$4\"; echo why >&2; exit 255;; esac",
                           "*) cat \"$4\"; exit 1;; esac", "*) cat \"$4\"; kill -9 $$;; esac"}) {
    const Checked none = check(version + rest, kText);
    EXPECT_FALSE(none.is_verified) << rest;
    EXPECT_THAT(messages(none.configuration, Note::Severity::comment),
                ElementsAre(HasSubstr("could not be run")))
        << rest;
  }
}

TEST_F(ServerView, KnowsTheVersion) {
  const auto version = [&](const std::string& script) {
    return server_version(server(script)).text();
  };
  EXPECT_EQ(version("echo 'version: kamailio 6.0.1 (x86_64/linux) '"), "6.0.1");
  EXPECT_EQ(version("echo 'version: kamailio 6.2.0-dev0 (x86_64/linux) 38711a'"), "6.2.0");
  EXPECT_EQ(version("echo something else"), "");
  EXPECT_EQ(version("exit 1"), "");
  EXPECT_TRUE(server_version(directory_.path() + "/none").is_none());
  EXPECT_TRUE(server_version("").is_none());
}

}  // namespace
}  // namespace kamexec::tool::check
