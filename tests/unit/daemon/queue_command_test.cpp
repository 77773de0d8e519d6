// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/queue_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kamexec::daemon {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Verb = QueueCommand::Verb;

Result<QueueCommand> read(const std::vector<std::string_view>& arguments) {
  return read_queue_command(arguments);
}

std::string problem(const std::vector<std::string_view>& arguments) {
  const Result<QueueCommand> command = read(arguments);
  return command ? "" : command.error().message;
}

TEST(QueueCommand, Verbs) {
  EXPECT_EQ(read({"list"})->verb, Verb::list);
  EXPECT_FALSE(read({"list"})->which.whole);
  EXPECT_EQ(read({"export"})->verb, Verb::whole);
  EXPECT_TRUE(read({"show"})->which.whole);
  EXPECT_EQ(read({"retry"})->verb, Verb::retry);
  EXPECT_EQ(read({"drop"})->verb, Verb::forget);
  EXPECT_FALSE(read({"drop"})->which.most);
  EXPECT_THAT(problem({}), HasSubstr("list, export, show, retry and drop"));
  EXPECT_THAT(problem({"purge"}), HasSubstr("list, export, show, retry and drop"));
}

TEST(QueueCommand, Restrictions) {
  const Result<QueueCommand> all =
      read({"list", "program=bill", "state=dead", "id=a", "id=b", "after=17", "most=3"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->which.program, "bill");
  EXPECT_EQ(all->which.state, stored::State::dead);
  EXPECT_THAT(all->which.ids, ElementsAre("a", "b"));
  EXPECT_EQ(all->which.after, 17);
  EXPECT_EQ(all->which.most, 3U);
  EXPECT_EQ(read({"list", "state=running"})->which.state, stored::State::running);
}

TEST(QueueCommand, Mistakes) {
  EXPECT_EQ(problem({"list", "state=lost"}),
            "state=lost names no state: waiting, running, done or dead");
  EXPECT_THAT(problem({"list", "after=-1"}), HasSubstr("is not the number of a notification"));
  EXPECT_THAT(problem({"list", "after=1x"}), HasSubstr("is not the number of a notification"));
  EXPECT_THAT(problem({"list", "most=0"}), HasSubstr("is not a number from 1 to 100000"));
  EXPECT_THAT(problem({"list", "most=99999999999999999999"}), HasSubstr("is not a number"));
  EXPECT_THAT(problem({"list", "all"}), HasSubstr("all is not NAME=VALUE"));
  EXPECT_THAT(problem({"list", "\x1b=1"}), HasSubstr("\\x1b=1 is none of program=, state="));
}

stored::StoredNotification notification() {
  stored::StoredNotification one;
  one.number = 7;
  one.notification.id = "0123456789abcdef0123456789abcdef";
  one.notification.program = "bill";
  one.notification.call = "cmd";
  one.notification.arguments = {"start", "\xff\xfe", ""};
  one.notification.variables = "SIP_USER=bob\0SIP_HF_X=\xff\0"s;
  one.notification.uri = "sip:bob@example.com";
  one.notification.message = "INVITE\r\n";
  one.notification.stored_at = stored::WallTime(std::chrono::milliseconds(1'795'815'720'123));
  one.notification.attempts = 2;
  one.due = one.notification.stored_at + std::chrono::milliseconds(1'000);
  one.last = stored::LastAttempt{"no", 3, "exit status 3", one.notification.stored_at};
  return one;
}

TEST(QueueCommand, ANotificationAsJson) {
  stored::StoredNotification one = notification();
  const auto now = one.notification.stored_at + std::chrono::milliseconds(500);
  EXPECT_EQ(
      notification_json(one, false, false, now),
      R"({"number":7,"id":"0123456789abcdef0123456789abcdef","program":"bill","state":"waiting",)"
      R"("stored":"2026-11-27T21:42:00.123Z","age_ms":500,"attempts":2,)"
      R"("due":"2026-11-27T21:42:01.123Z","order":null,"call":"cmd",)"
      R"("arguments":["start",{"base64":"//4="},""],)"
      R"("last":{"outcome":"no","status":3,"detail":"exit status 3",)"
      R"("at":"2026-11-27T21:42:00.123Z"}})");
  one.last.reset();
  one.due.reset();
  one.notification.order = "alice";
  one.damage = "no text";
  const Json whole = Json::parse(notification_json(one, true, true, now));
  EXPECT_EQ(whole["state"], "running");
  EXPECT_EQ(whole["due"], nullptr);
  EXPECT_EQ(whole["last"], nullptr);
  EXPECT_EQ(whole["order"], "alice");
  EXPECT_EQ(whole["damage"], "no text");
  EXPECT_EQ(whole["variables"]["SIP_USER"], "bob");
  EXPECT_EQ(whole["variables"]["SIP_HF_X"]["base64"], "/w==");
  EXPECT_EQ(whole["uri"], "sip:bob@example.com");
  EXPECT_EQ(whole["message"], "INVITE\r\n");
  EXPECT_EQ(whole["input"], "");
}

TEST(QueueCommand, WhatIsNoTextIsReadBack) {
  for (const auto& [bytes, text] :
       {std::pair{"\xff"s, "/w=="}, std::pair{"\xff\xff"s, "//8="},
        std::pair{"\xff\x00\x01"s, "/wAB"}, std::pair{"\xff\x00\x01\x02"s, "/wABAg=="}}) {
    stored::StoredNotification one = notification();
    one.notification.arguments = {bytes};
    const Json line = Json::parse(notification_json(one, false, false, {}));
    EXPECT_EQ(line["arguments"][0]["base64"], text);
  }
}

TEST(QueueCommand, TheOtherLines) {
  EXPECT_EQ(more_json(17), R"({"more_after":17})");
  EXPECT_EQ(changed_json(0), R"({"changed":0})");
}

}  // namespace
}  // namespace kamexec::daemon
