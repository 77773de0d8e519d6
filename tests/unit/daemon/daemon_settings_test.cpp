// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon_settings.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "documented_settings.h"

namespace kamexec::daemon {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Read {
  DaemonSettings settings;
  std::vector<std::string> mistakes;
};

Read of(const std::string& lines) {
  program::ProgramsFiles files;
  program::read_programs_text("[kamexecd]\n" + lines, "f", program::Reader::daemon, files);
  EXPECT_THAT(files.mistakes, IsEmpty()) << lines;
  Read read;
  read.settings = read_daemon_settings(files.daemon, read.mistakes);
  return read;
}

TEST(DaemonSettings, NothingSaidIsTheDefault) {
  const Read read = of("");
  EXPECT_THAT(read.mistakes, IsEmpty());
  EXPECT_EQ(read.settings, DaemonSettings());
}

TEST(DaemonSettings, AllThatThereAre) {
  const group* root = ::getgrgid(0);
  ASSERT_NE(root, nullptr);
  const Read read = of("socket_mode = 0600\nsocket_group = " + std::string(root->gr_name) +
                       "\ndrain_time = 30s\nconnections = 100\nmemory = 8M\nrequest_limit = 64k\n"
                       "metrics = 127.0.0.1:9495\nlog_calls = yes\n");
  EXPECT_THAT(read.mistakes, IsEmpty());
  DaemonSettings expected;
  expected.socket_mode = 0600;
  expected.socket_gid = 0;
  expected.drain_time = milliseconds(30'000);
  expected.connections = 100;
  expected.memory = 8 << 20;
  expected.request_limit = 64 << 10;
  expected.metrics = "127.0.0.1:9495";
  expected.log_calls = true;
  EXPECT_EQ(read.settings, expected);
}

TEST(DaemonSettings, WhereThePageForPrometheusIs) {
  EXPECT_EQ(of("metrics = [::1]:9495").settings.metrics, "[::1]:9495");
  EXPECT_EQ(of("metrics = 0.0.0.0:1").settings.metrics, "0.0.0.0:1");
  EXPECT_EQ(of("metrics = off").settings.metrics, "");
  for (const char* wrong :
       {"9495", ":9495", "localhost:9495", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
        "127.0.0.1:65536", "127.0.0.1:9495x", "::1:9495", "[127.0.0.1]:9495", "[]:9495"}) {
    EXPECT_THAT(of("metrics = " + std::string(wrong)).mistakes,
                ElementsAre(AllOf(StartsWith("f:2: [kamexecd]: metrics: "),
                                  HasSubstr("write 127.0.0.1:9495"))))
        << wrong;
  }
}

struct Wrong {
  std::string lines;
  std::string message;  ///< how the only one begins
  std::string remedy;
};

TEST(DaemonSettings, AMistakeNamesItsLineAndTheRemedy) {
  const Wrong cases[] = {
      {"socket_mode = rw", "f:2: [kamexecd]: socket_mode: \"rw\" is not a mode", "0660"},
      {"socket_mode = 0888", "f:2: [kamexecd]: socket_mode: \"0888\"", "0660"},
      {"socket_mode = 07777", "f:2: [kamexecd]: socket_mode: \"07777\"", "0660"},
      {"socket_mode =", "f:2: [kamexecd]: socket_mode: the value is missing", ""},
      {"\nsocket_group = kamexec-nobody", "f:3: [kamexecd]: socket_group: there is no group",
       "make it"},
      {"drain_time = 5", "f:2: [kamexecd]: drain_time: \"5\" is not a time", "200ms"},
      {"drain_time = 11m", "f:2: [kamexecd]: drain_time: \"11m\" is out of range", "0ms to 10m"},
      {"connections = 0", "f:2: [kamexecd]: connections: \"0\" is out of range", "1 to 100000"},
      {"memory = 1k", "f:2: [kamexecd]: memory: \"1k\" is out of range", "1M to 64G"},
      {"request_limit = 65M", "f:2: [kamexecd]: request_limit: \"65M\" is out of range",
       "1k to 64M"},
      {"memory = 1M\nrequest_limit = 2M", "f:3: [kamexecd]: request_limit is more than memory",
       "lower the first"},
      {"log_calls = true", "f:2: [kamexecd]: log_calls: \"true\" is neither yes nor no", ""},
      {"log_cals = yes", "f:2: [kamexecd]: there is no attribute \"log_cals\"", "write log_calls"},
      {"timeout = 1s", "f:2: [kamexecd]: there is no attribute \"timeout\"",
       "there are socket_mode, socket_group, drain_time, connections"},
      {"memory = 1M 2M", "f:2: [kamexecd]: memory: takes one value", "a line of its own"},
      {"memory = 2M\n[kamexecd]\nmemory = 3M",
       "f:4: [kamexecd]: memory is given twice (also at f:2)", "remove one"},
  };
  for (const Wrong& c : cases) {
    EXPECT_THAT(of(c.lines).mistakes,
                ElementsAre(AllOf(StartsWith(c.message), HasSubstr(c.remedy))))
        << c.lines;
  }
}

TEST(DaemonSettings, AllMistakesAreListed) {
  EXPECT_THAT(of("memory = x\nlog_calls = 1\nx = y").mistakes,
              ElementsAre(HasSubstr("f:2: "), HasSubstr("f:3: "), HasSubstr("f:4: ")));
}

TEST(DaemonSettings, AreDocumented) {
  const auto rows = documented_settings("kamexecd");
  const std::string listed = of("x = y").mistakes.at(0);
  std::string names;
  const std::regex range("([0-9A-Za-z]+) to ([0-9A-Za-z]+)");
  int ranges = 0;
  for (const auto& [name, row] : rows) {
    EXPECT_THAT(listed, HasSubstr(name));
    names += ", " + name;
    if (row.default_value.starts_with('`')) {
      const std::string value = row.default_value.substr(1, row.default_value.size() - 2);
      const Read read = of(name + " = " + value);
      EXPECT_THAT(read.mistakes, IsEmpty());
      EXPECT_EQ(read.settings, DaemonSettings()) << name;
    }
    std::smatch bounds;
    if (std::regex_match(row.range, bounds, range)) {
      // What shares it with others, and would be too small for them.
      const std::string room = name == "request_limit" ? "memory = 64G\n" : "request_limit = 1k\n";
      for (const std::string& bound : {bounds[1].str(), bounds[2].str()}) {
        EXPECT_THAT(of(room + name + " = " + bound).mistakes, IsEmpty()) << name << bound;
      }
      EXPECT_THAT(of(name + " = 9" + bounds[2].str()).mistakes, testing::SizeIs(1)) << name;
      ++ranges;
    }
  }
  EXPECT_EQ(ranges, 5);
  EXPECT_EQ(std::count(names.begin(), names.end(), ','),
            1 + std::count(listed.begin(), listed.end(), ','));
}

}  // namespace
}  // namespace kamexec::daemon
