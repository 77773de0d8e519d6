// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/said_as.h"

namespace kamexec::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class LoadConfiguration : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::string path = directory_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::string directory_ = "/tmp/kamexec-test-XXXXXX";
};

TEST_F(LoadConfiguration, OfADirectory) {
  write("programs.conf", "[kamexecd]\nlog_calls = yes\n[lcr]\nrun = sh -c true\ncache = 30s\n");
  write("programs.d/a.conf", "[billing]\nrun = /bin/sh\nallow = root @0\n");
  const Configuration loaded = load_configuration({directory_});
  ASSERT_THAT(loaded.mistakes, IsEmpty());
  EXPECT_TRUE(loaded.settings.log_calls);
  ASSERT_THAT(loaded.programs.all(), SizeIs(2));
  EXPECT_EQ(loaded.programs.find("lcr")->place.path.substr(0, 1), "/");
  EXPECT_EQ(loaded.programs.find("lcr")->definition.cache.yes, std::chrono::seconds(30));
  EXPECT_EQ(loaded.programs.find("billing")->origin.place("run"),
            directory_ + "/programs.d/a.conf:2");
}

TEST_F(LoadConfiguration, ListsAllThatIsWrongInAllFiles) {
  const std::string one = write("one", R"([kamexecd]
memory = lots
[a]
run = /nowhere/a
user = kamexec-nobody
allow = kamexec-nobody @kamexec-nobody sh
[b]
run = sh
timeout = soon
directory = /nowhere
allow = kamexec-nobody
[c]
run = sh
[d]
run = 'sh
group = kamexec-nobody
)");
  const std::string two = write("two", "[c]\nrun = sh\n[kamexecd]\nconnections = 0\n");
  EXPECT_THAT(
      load_configuration({one, two, directory_ + "/three"}).mistakes,
      ElementsAre(StartsWith(one + ":9: program b: timeout: "),
                  StartsWith(one + ":15: program d: run: a quote"),
                  StartsWith(directory_ + "/three: can't be read: "),
                  StartsWith(one + ":2: [kamexecd]: memory: "),
                  StartsWith(two + ":4: [kamexecd]: connections: "),
                  StartsWith(two + ":1: program c: it is defined twice (also at " + one + ":12)"),
                  StartsWith(one + ":4: program a: run: "),
                  StartsWith(one + ":5: program a: user: "),
                  StartsWith(one + ":6: program a: allow: there is no user"),
                  StartsWith(one + ":6: program a: allow: there is no user \"sh\""),
                  StartsWith(one + ":6: program a: allow: there is no group"),
                  StartsWith(one + ":10: program b: directory: "),
                  StartsWith(one + ":11: program b: allow: there is no user"),
                  StartsWith(one + ":16: program d: group: there is no group")));
}

TEST_F(LoadConfiguration, ProgramsOfOtherHostsNeedServers) {
  const std::string programs = "[a]\nvia = nats\n[b]\nrun = sh\noffer = yes\n[c]\nrun = sh\n";
  const std::string file = write("p.conf", programs);
  EXPECT_THAT(load_configuration({file}).mistakes,
              ElementsAre(testing::AllOf(StartsWith(file + ":2: program a: via=nats"),
                                         testing::HasSubstr("write servers = ")),
                          StartsWith(file + ":5: program b: offer=yes")));
  const Configuration told = load_configuration({file}, Rights::checked, {"nats://h:1"});
  EXPECT_THAT(told.mistakes, IsEmpty());
  EXPECT_THAT(told.nats.link.servers, ElementsAre("nats://h:1"));
  const std::string whole = write("q.conf", "[nats]\nservers = h\nprefix = a.b\n" + programs);
  const Configuration loaded = load_configuration({whole});
  EXPECT_THAT(loaded.mistakes, IsEmpty());
  EXPECT_EQ(loaded.nats.prefix, "a.b");
  EXPECT_TRUE(loaded.nats.are_used());
}

/// A line of it that is no prose.
bool is_setting(const std::string& line) {
  return line.starts_with("#[") || (line.starts_with('#') && !line.starts_with("# ") &&
                                    line.find(" = ") != std::string::npos);
}

TEST_F(LoadConfiguration, ThePackagedFileSaysNothingAndShowsWhatCanBeRead) {
  EXPECT_THAT(load_configuration({KAMEXEC_PACKAGED_PROGRAMS}).mistakes, IsEmpty());
  std::ifstream file(KAMEXEC_PACKAGED_PROGRAMS);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    text += (is_setting(line) ? line.substr(1) : line) + "\n";
  }
  program::ProgramsFiles files;
  program::read_programs_text(text, "f", program::Reader::daemon, files);
  std::vector<std::string> mistakes = files.mistakes;
  static_cast<void>(read_daemon_settings(files.daemon, mistakes));
  static_cast<void>(read_nats_settings(files.nats, {}, mistakes));
  EXPECT_THAT(mistakes, IsEmpty());
  EXPECT_THAT(files.programs, SizeIs(3));
  EXPECT_THAT(files.nats, SizeIs(2));
  EXPECT_GT(files.daemon.size(), 3U);
}

TEST(ManualPage, HasEveryAttributeAndEverySetting) {
  std::ifstream file(KAMEXEC_MANUAL_PAGE);
  std::string items;
  for (std::string line; std::getline(file, line);) {
    items += line.starts_with(".It Cm ") ? line.substr(6) + " " : "";
  }
  program::ProgramsFiles files;
  program::read_programs_text("[kamexecd]\nx = y\n[nats]\nx = y\n[p]\nx = y\nrun = p\n", "f",
                              program::Reader::daemon, files);
  std::vector<std::string> mistakes = files.mistakes;
  static_cast<void>(read_daemon_settings(files.daemon, mistakes));
  static_cast<void>(read_nats_settings(files.nats, {"nats://h:1"}, mistakes));
  int names = 0;
  for (const std::string& mistake : mistakes) {  // "there is no attribute "x": there are a, b, c"
    std::istringstream listed(mistake.substr(mistake.find("there are ") + 10));
    for (std::string name; std::getline(listed >> std::ws, name, ',');) {
      EXPECT_TRUE(name == "name" || items.find(" " + name + " ") != items.npos) << name;
      ++names;
    }
  }
  EXPECT_GT(names, 60);
}

TEST_F(LoadConfiguration, RightsAreAskedOfWhoeverWillStartThePrograms) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to become an ordinary user";
  }
  constexpr uid_t kOrdinary = 65533;
  const std::string file = write("p.conf", "[p]\nrun = /bin/sh\nuser = root\n");
  const auto told = [&file](Rights rights) {
    return test::said_as(kOrdinary, [&] {
      const Configuration loaded = load_configuration({file}, rights);
      return loaded.mistakes.empty() ? std::string("fine") : loaded.mistakes.front();
    });
  };
  EXPECT_EQ(told(Rights::not_asked), "fine");
  EXPECT_THAT(told(Rights::checked), StartsWith(file + ":3: program p: user and group: "));
}

}  // namespace
}  // namespace kamexec::daemon
