// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/nats_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "daemon/host_port.h"
#include "daemon/nats_servers.h"
#include "documented_settings.h"

namespace kamexec::daemon {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Read {
  NatsSettings settings;
  std::vector<std::string> mistakes;
};

Read of(const std::string& lines, std::vector<std::string> servers = {}) {
  program::ProgramsFiles files;
  program::read_programs_text("[nats]\n" + lines, "f", program::Reader::daemon, files);
  EXPECT_THAT(files.mistakes, IsEmpty()) << lines;
  Read read;
  read.settings = read_nats_settings(files.nats, std::move(servers), read.mistakes);
  return read;
}

TEST(NatsSettings, NothingSaidIsTheDefault) {
  const Read read = of("");
  EXPECT_THAT(read.mistakes, IsEmpty());
  EXPECT_EQ(read.settings, NatsSettings());
  EXPECT_FALSE(read.settings.are_used());
}

TEST(NatsSettings, AllThatThereAre) {
  const Read read =
      of("servers = nats://a tls://b.example.com:4333 c:1 [::1]:4222 nats://[::1] 10.0.0.1/\n"
         "name = sip-1\nuser = kx\npassword_file = /etc/passwd\ntls = yes\ntls_ca = /etc/passwd\n"
         "tls_certificate = /etc/passwd\ntls_key = /etc/group\nprefix = voice.kx\nzone = berlin\n"
         "inbox = voice.in\noffer = no\nreplicas = 3\nconnect_timeout = 1s\nreconnect = 20ms\n"
         "reconnect_most = 200ms\nping_interval = 3s\nidle = 1s\nidle_answer = 100ms\n");
  EXPECT_THAT(read.mistakes, IsEmpty());
  NatsSettings expected;
  nats::LinkOptions& link = expected.link;
  link.servers = {"nats://a:4222", "tls://b.example.com:4333", "nats://c:1", "nats://[::1]:4222",
                  "nats://10.0.0.1:4222"};
  link.name = "sip-1";
  link.user = "kx";
  link.password_file = "/etc/passwd";
  link.tls = true;
  link.tls_ca = "/etc/passwd";
  link.tls_certificate = "/etc/passwd";
  link.tls_key = "/etc/group";
  link.inbox = "voice.in";
  link.connect_timeout = milliseconds(1'000);
  link.reconnect = milliseconds(20);
  link.reconnect_most = milliseconds(200);
  link.ping_interval = milliseconds(3'000);
  link.idle = milliseconds(1'000);
  link.idle_answer = milliseconds(100);
  expected.prefix = "voice.kx";
  expected.zone = "berlin";
  expected.offer = false;
  expected.replicas = 3;
  EXPECT_EQ(read.settings, expected);
  for (const char* identity : {"token_file", "credentials", "nkey"}) {
    EXPECT_THAT(of("servers = a\n" + std::string(identity) + " = /etc/passwd").mistakes, IsEmpty());
  }
}

TEST(NatsSettings, TheCommandLineNamesOtherServers) {
  const Read read = of("servers = a\nzone = z", {"nats://b:1"});
  EXPECT_THAT(read.mistakes, IsEmpty());
  EXPECT_THAT(read.settings.link.servers, ElementsAre("nats://b:1"));
  EXPECT_EQ(read.settings.zone, "z");
  EXPECT_THAT(of("zone = z", {"nats://b:1"}).mistakes, IsEmpty());
  const auto servers = read_nats_servers("nats://a,tls://b:5,c");
  ASSERT_TRUE(servers) << servers.error().message;
  EXPECT_THAT(*servers, ElementsAre("nats://a:4222", "tls://b:5", "nats://c:4222"));
  for (const char* wrong : {"", "a,", ",a", "a,,b", "nats://", "a b"}) {
    EXPECT_FALSE(read_nats_servers(wrong)) << wrong;
  }
}

TEST(NatsSettings, AServerIsAHostAndAPort) {
  for (const char* wrong : {"http://a", "nats://a:", "nats://a:0", "nats://a:65536", "nats://a:b",
                            "nats://:4222", "nats://", "::1", "[::1", "nats://a/b", "nats://[a]:1",
                            "nats://.a", "ws://a:80", "a:1:2"}) {
    EXPECT_THAT(
        of("servers = nats://h " + std::string(wrong)).mistakes,
        ElementsAre(AllOf(StartsWith("f:2: [nats]: servers: \"" + std::string(wrong) + "\""),
                          HasSubstr("write nats://HOST:4222"))))
        << wrong;
  }
  // A password is not shown.
  EXPECT_THAT(
      of("servers = nats://me:secret@h").mistakes,
      ElementsAre(AllOf(StartsWith("f:2: [nats]: servers: "),
                        HasSubstr("write user and password_file"), Not(HasSubstr("secret")))));
  EXPECT_TRUE(is_host(std::string(253, 'a')));
  EXPECT_FALSE(is_host(std::string(254, 'a')));
}

struct Wrong {
  std::string lines;
  std::string message;  ///< how the only one begins
  std::string remedy;
};

TEST(NatsSettings, AMistakeNamesItsLineAndTheRemedy) {
  const std::string s = "servers = h\n";
  const Wrong cases[] = {
      {"zone = z", "f:2: [nats]: servers is missing", "--nats nats://HOST:4222"},
      {"servers =", "f:2: [nats]: servers: the value is missing", "nats://HOST:4222"},
      {s + "name = 'a b'\n" + "name = x", "f:4: [nats]: name is given twice (also at f:3)",
       "remove one"},
      {s + "name = " + std::string(65, 'a'), "f:3: [nats]: name: is longer than 64 bytes", ""},
      {s + "name = '\x1b'", "f:3: [nats]: name: ", "can't be shown"},
      {s + "prefix = a..b", "f:3: [nats]: prefix: \"a..b\" can't begin a subject", "letters"},
      {s + "prefix = kx.*", "f:3: [nats]: prefix: \"kx.*\"", "letters"},
      {s + "inbox = 'a b'", "f:3: [nats]: inbox: \"a b\"", "letters"},
      {s + "zone = a.b", "f:3: [nats]: zone: \"a.b\" is not a zone", "1 to 32 letters"},
      {s + "offer = true", "f:3: [nats]: offer: \"true\" is neither yes nor no", ""},
      {s + "tls = on", "f:3: [nats]: tls: \"on\" is neither yes nor no", ""},
      {s + "tls = no\ntls_ca = /etc/passwd", "f:4: [nats]: tls_ca and tls = no contradict",
       "remove one"},
      {s + "tls_key = /etc/passwd", "f:3: [nats]: tls_key has no use without tls_certificate",
       "add tls_certificate"},
      {s + "user = u", "f:3: [nats]: user has no use without password_file", "remove user"},
      {s + "password_file = /etc/passwd", "f:3: [nats]: password_file has no use without user",
       "add user"},
      {s + "nkey = /etc/passwd\ntoken_file = /etc/passwd",
       "f:3: [nats]: nkey and token_file both say who this is", "remove one"},
      {s + "nkey = seed", "f:3: [nats]: nkey: \"seed\" depends on the directory", "full path"},
      {s + "nkey = /nowhere/seed", "f:3: [nats]: nkey: can't find \"/nowhere/seed\"",
       "No such file"},
      {s + "credentials = /etc", "f:3: [nats]: credentials: \"/etc\" is not a file", ""},
      {s + "reconnect = 2s\nreconnect_most = 1s",
       "f:3: [nats]: reconnect (2s) is more than reconnect_most (1s)", "raise the second"},
      {s + "idle = 5", "f:3: [nats]: idle: \"5\" is not a time", "200ms"},
      {s + "url = x", "f:3: [nats]: there is no attribute \"url\"", "there are servers, name"},
      {s + "zones = x", "f:3: [nats]: there is no attribute \"zones\"", "write zone"},
  };
  for (const Wrong& c : cases) {
    EXPECT_THAT(of(c.lines).mistakes,
                ElementsAre(AllOf(StartsWith(c.message), HasSubstr(c.remedy))))
        << c.lines;
  }
}

TEST(NatsSettings, AnEndOfPausesFollowsTheOther) {
  EXPECT_EQ(of("servers = h\nreconnect = 2s").settings.link.reconnect_most, milliseconds(2'000));
  EXPECT_EQ(of("servers = h\nreconnect_most = 10ms").settings.link.reconnect, milliseconds(10));
}

TEST(NatsSettings, AreDocumented) {
  const auto rows = documented_settings("nats");
  const std::string listed = of("servers = h\nxyz = y").mistakes.at(0);
  const std::regex range("([0-9A-Za-z]+) to ([0-9A-Za-z]+)");
  int ranges = 0;
  for (const auto& [name, row] : rows) {
    EXPECT_THAT(listed, HasSubstr(name));
    const bool has_value =
        row.default_value.starts_with('`') && row.default_value.find(' ') == std::string::npos;
    if (has_value) {
      const std::string value = row.default_value.substr(1, row.default_value.size() - 2);
      const Read read = of(name + " = " + value, {"nats://h:1"});
      EXPECT_THAT(read.mistakes, IsEmpty());
      NatsSettings expected;
      expected.link.servers = {"nats://h:1"};
      EXPECT_EQ(read.settings, expected) << name;
    }
    std::smatch bounds;
    if (std::regex_match(row.range, bounds, range)) {
      for (const std::string& bound : {bounds[1].str(), bounds[2].str()}) {
        EXPECT_THAT(of("servers = h\n" + name + " = " + bound).mistakes, IsEmpty())
            << name << bound;
      }
      EXPECT_THAT(of("servers = h\n" + name + " = 9" + bounds[2].str()).mistakes, SizeIs(1))
          << name;
      ++ranges;
    }
  }
  EXPECT_EQ(ranges, 7);
  EXPECT_EQ(static_cast<std::ptrdiff_t>(rows.size()),
            1 + std::count(listed.begin(), listed.end(), ','));
}

}  // namespace
}  // namespace kamexec::daemon
