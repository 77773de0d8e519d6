// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes that say what a program may touch and use up, and those of stored calls: read,
// written again, refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/read_program.h"

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProgramDefinition good(const std::string& attributes, Reader reader = Reader::daemon) {
  const auto program = read_program("name=p; run=/bin/p; " + attributes, reader);
  EXPECT_TRUE(program) << attributes << ": " << program.error().message;
  return program.value_or(ProgramDefinition{});
}

std::string complaint(const std::string& attributes, Reader reader = Reader::daemon) {
  const auto program = read_program("name=p; run=/bin/p; " + attributes, reader);
  EXPECT_FALSE(program) << attributes;
  return program ? std::string() : program.error().message;
}

/// As operators are shown it.
std::string shown(const ProgramDefinition& program, std::string_view name) {
  for (const AttributeText& attribute : describe(program, Reader::daemon)) {
    if (attribute.name == name) {
      return attribute.value;
    }
  }
  return "no such attribute";
}

/// What is written of it, reads as the same.
void expect_same_again(const ProgramDefinition& program) {
  const std::string text = definition_text(program);
  const auto again = read_program(text, Reader::daemon);
  ASSERT_TRUE(again) << text << ": " << again.error().message;
  EXPECT_EQ(*again, program) << text;
}

/// "files system-calls": the parts that are wanted.
std::string parts(const process::SandboxRule& rule) {
  return std::string(rule.files ? "files " : "") + (rule.network ? "network " : "") +
         (rule.system_calls ? "system-calls " : "") + (rule.signals ? "signals " : "");
}

TEST(Sandbox, PartByPart) {
  EXPECT_EQ(parts(good("").sandbox), "");
  EXPECT_EQ(parts(good("sandbox=none").sandbox), "");
  EXPECT_EQ(parts(good("sandbox=strict").sandbox), "files network system-calls signals ");
  for (const char* words : {"files", "network", "system-calls", "signals", "signals files",
                            "network system-calls files"}) {
    const ProgramDefinition program = good(std::string("sandbox=") + words);
    for (const char* part : {"files", "network", "system-calls", "signals"}) {
      const bool wanted = std::string(words).find(part) != std::string::npos;
      EXPECT_EQ(parts(program.sandbox).find(part) != std::string::npos, wanted) << words;
    }
    EXPECT_FALSE(program.sandbox.as_far_as_possible);
    EXPECT_EQ(shown(program, "no_new_privileges"), "yes") << "a sandbox implies it";
    expect_same_again(program);
  }
  EXPECT_EQ(shown(good("sandbox=files network system-calls signals"), "sandbox"), "strict");
}

TEST(Sandbox, TryStandsBeforeTheFirstWord) {
  for (const char* words : {"try:strict", "try:files signals"}) {
    const ProgramDefinition program = good(std::string("sandbox=") + words);
    EXPECT_TRUE(program.sandbox.as_far_as_possible);
    EXPECT_EQ(shown(program, "sandbox"), words);
    expect_same_again(program);
  }
}

TEST(Sandbox, WordsThatAreNone) {
  for (const char* words : {"all", "strict files", "files strict", "none files", "try:none",
                            "try:", "files try:network", "try:try:files", "STRICT", "no"}) {
    EXPECT_THAT(complaint(std::string("sandbox=") + words),
                AllOf(HasSubstr("sandbox: "), HasSubstr("write strict, none, or some of")))
        << words;
  }
  EXPECT_THAT(complaint("sandbox="), HasSubstr("sandbox: the value is missing"));
}

TEST(Sandbox, PathsOfFilesAlone) {
  const ProgramDefinition program =
      good("sandbox=files; read=/opt/lcr '/srv/two words'; write=/var/lib/lcr");
  EXPECT_THAT(program.sandbox.read, ElementsAre("/opt/lcr", "/srv/two words"));
  EXPECT_THAT(program.sandbox.write, ElementsAre("/var/lib/lcr"));
  EXPECT_EQ(shown(program, "read"), "/opt/lcr \"/srv/two words\"");
  expect_same_again(program);
  EXPECT_THAT(complaint("sandbox=files; read=lib"), HasSubstr("read: \"lib\" depends on"));
  EXPECT_THAT(complaint("sandbox=files; write=/a b"), HasSubstr("write: \"b\" depends on"));
  EXPECT_THAT(complaint("sandbox=files; write="), HasSubstr("write: the value is missing"));
  for (const char* sandbox : {"", "sandbox=none; ", "sandbox=network; "}) {
    EXPECT_THAT(complaint(std::string(sandbox) + "read=/a"), HasSubstr("read has no effect"));
    EXPECT_THAT(complaint(std::string(sandbox) + "write=/a"), HasSubstr("write has no effect"));
  }
}

TEST(Sandbox, Networks) {
  const auto network = [](const std::string& words) {
    const ProgramDefinition program = good("sandbox=strict; network=" + words);
    EXPECT_EQ(shown(program, "network"), words);
    expect_same_again(program);
    return program.sandbox.allowed_network;
  };
  EXPECT_EQ(network("none"), process::NetworkRule());
  EXPECT_TRUE(network("all").all);
  EXPECT_TRUE(network("unix").unix_sockets);
  EXPECT_TRUE(network("udp").udp);
  EXPECT_TRUE(network("tcp").tcp);
  EXPECT_THAT(network("unix udp tcp:5432 tcp:65535").tcp_ports, ElementsAre(5432, 65535));
  for (const char* words :
       {"tcp:0", "tcp:65536", "tcp:", "tcp:-1", "tcp:1x", "udp:53", "all tcp", "none unix", "ip"}) {
    EXPECT_THAT(complaint(std::string("sandbox=strict; network=") + words),
                AllOf(HasSubstr("network: "), HasSubstr("is unknown here")))
        << words;
  }
  EXPECT_THAT(complaint("sandbox=strict; network=tcp tcp:1"), HasSubstr("remove one of them"));
  EXPECT_THAT(complaint("sandbox=strict; network="), HasSubstr("network: the value is missing"));
  EXPECT_THAT(complaint("sandbox=files; network=tcp"), HasSubstr("network has no effect"));
}

TEST(NoNewPrivileges, YesAndNo) {
  EXPECT_FALSE(good("").no_new_privileges);
  const ProgramDefinition program = good("no_new_privileges=yes");
  EXPECT_TRUE(program.no_new_privileges);
  expect_same_again(program);
  EXPECT_EQ(shown(good("no_new_privileges=no"), "no_new_privileges"), "no");
  EXPECT_THAT(complaint("no_new_privileges=on"), HasSubstr("\"on\" is neither yes nor no"));
  EXPECT_THAT(complaint("no_new_privileges=no; sandbox=files"), HasSubstr("contradict"));
  const ProgramDefinition sandboxed = good("no_new_privileges=yes; sandbox=files");
  EXPECT_TRUE(sandboxed.no_new_privileges);
  expect_same_again(sandboxed);
}

TEST(Cgroup, PlaceAndLimits) {
  const ProgramDefinition program =
      good("cgroup=auto; memory_total=64M; processes_total=8; cpu_total=150%");
  EXPECT_EQ(program.cgroup, "auto");
  EXPECT_EQ(program.cgroup_limits.memory_bytes, 64U << 20);
  EXPECT_EQ(program.cgroup_limits.processes, 8U);
  EXPECT_EQ(program.cgroup_limits.cpu_percent, 150U);
  expect_same_again(program);
  EXPECT_EQ(good("cgroup=/sys/fs/cgroup/x").cgroup, "/sys/fs/cgroup/x");
  EXPECT_EQ(good("cgroup=none").cgroup, "");
  EXPECT_THAT(complaint("cgroup=x"), HasSubstr("cgroup: \"x\" is unknown"));
  for (const char* limit : {"memory_total=1M", "processes_total=1", "cpu_total=1%"}) {
    EXPECT_THAT(complaint(limit), HasSubstr("has no effect without cgroup"));
  }
  for (const char* share : {"0%", "100", "100001%", "-1%", "1.5%", "%"}) {
    EXPECT_THAT(complaint(std::string("cgroup=auto; cpu_total=") + share),
                HasSubstr("is no share of a processor"))
        << share;
  }
}

TEST(Delivery, EveryAttribute) {
  const ProgramDefinition program = good(
      "delivery=stored; store_timeout=200ms; store_most=10; retry=2s; retry_most=1m; "
      "attempts=7; keep=24h; keep_done=2h; order_by=3");
  StoredRule expected;
  expected.stored = true;
  expected.store_timeout = milliseconds(200);
  expected.most = 10;
  expected.retry = milliseconds(2000);
  expected.retry_most = milliseconds(60'000);
  expected.attempts = 7;
  expected.keep = std::chrono::hours(24);
  expected.keep_done = std::chrono::hours(2);
  expected.order_by = 3;
  EXPECT_EQ(program.stored, expected);
  expect_same_again(program);
  EXPECT_FALSE(good("delivery=direct").stored.stored);
  EXPECT_EQ(good("delivery=stored; order_by=none").stored.order_by, 0U);
  EXPECT_THAT(complaint("delivery=later"), HasSubstr("delivery: "));
}

TEST(Delivery, BoundsFollowWhatIsWritten) {
  EXPECT_EQ(good("delivery=stored; retry=10m").stored.retry_most, std::chrono::minutes(10));
  EXPECT_EQ(good("delivery=stored; retry_most=500ms").stored.retry, milliseconds(500));
  EXPECT_EQ(good("delivery=stored; keep=10m").stored.keep_done, std::chrono::minutes(10));
  EXPECT_THAT(complaint("delivery=stored; retry=2s; retry_most=1s"),
              HasSubstr("retry (2s) is more than retry_most (1s)"));
  EXPECT_THAT(complaint("delivery=stored; keep=1m; keep_done=1h"),
              HasSubstr("keep_done (1h) is more than keep (1m)"));
}

TEST(Delivery, Contradictions) {
  for (const char* attribute : {"store_timeout=1s", "store_most=1", "retry=1s", "retry_most=1s",
                                "attempts=1", "keep=1h", "keep_done=1h", "order_by=1"}) {
    EXPECT_THAT(complaint(attribute), HasSubstr("has no effect without delivery")) << attribute;
    EXPECT_THAT(complaint(std::string("delivery=direct; ") + attribute), HasSubstr("no effect"));
  }
  EXPECT_THAT(complaint("delivery=stored; cache=1m"), HasSubstr("contradict each other"));
  EXPECT_THAT(complaint("delivery=stored", Reader::server), HasSubstr("is for kamexecd"));
  const auto passed_on =
      read_program("name=p; via=nats; delivery=stored; order_by=1", Reader::daemon);
  ASSERT_FALSE(passed_on);
  EXPECT_THAT(passed_on.error().message, HasSubstr("no order from host to host: remove order_by"));
  EXPECT_TRUE(read_program("name=p; via=nats; delivery=stored; order_by=none", Reader::daemon));
}

TEST(Containment, IsNotForCallsThatArePassedOn) {
  for (const char* attribute : {"sandbox=strict", "no_new_privileges=yes", "cgroup=auto"}) {
    const auto program =
        read_program(std::string("name=p; via=service; ") + attribute, Reader::server);
    ASSERT_FALSE(program) << attribute;
    EXPECT_THAT(program.error().message, HasSubstr("kamexecd's own definition")) << attribute;
  }
  // The module acts on what contains a program by itself.
  EXPECT_THAT(without_effect(good("sandbox=strict; read=/a; network=tcp; cgroup=auto")), IsEmpty());
}

}  // namespace
}  // namespace kamexec::program
