// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kamexec::tool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(QueuePage, HasALineForEachNotification) {
  const Result<QueuePage> page =
      read_queue_page("{\"id\":\"a\",\"number\":1}\n{\"id\":\"b\"}\n{\"more_after\":17}\n");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->notifications.size(), 2U);
  EXPECT_EQ(page->notifications[0].at("number"), 1);
  EXPECT_EQ(page->more_after, 17);
}

TEST(QueuePage, MayBeEmpty) {
  for (const char* answer : {"", "\n", "\n\n"}) {
    const Result<QueuePage> page = read_queue_page(answer);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->notifications.empty());
    EXPECT_FALSE(page->more_after);
  }
}

TEST(QueuePage, OfAnotherKindIsAnError) {
  for (const char* answer :
       {"{", "[]", "7", "kamexecd", "{}", "{\"id\":7}", "{\"id\":null}", "{\"more_after\":\"x\"}",
        "{\"more_after\":-1}", "{\"more_after\":1.5}", "{\"more_after\":18446744073709551615}",
        "{\"more_after\":1}\n{\"id\":\"a\"}", "{\"more_after\":1}\n{\"more_after\":2}",
        "{\"id\":\"a\"} {\"id\":\"b\"}", "{\"id\":\"\xff\"}"}) {
    const Result<QueuePage> page = read_queue_page(answer);
    ASSERT_FALSE(page) << answer;
    EXPECT_THAT(page.error().message, HasSubstr("not a queue that this version of kamexec"));
  }
}

TEST(QueuePage, ThatIsDeepIsAnErrorAndNotTheEndOfTheStack) {
  const std::size_t deep = 1'000'000;
  EXPECT_FALSE(read_queue_page("{\"id\":\"a\",\"x\":" + std::string(deep, '[') +
                               std::string(deep, ']') + "}"));
  EXPECT_FALSE(read_queue_page(std::string(deep, '[')));
  EXPECT_TRUE(read_queue_page(R"({"id":"a","arguments":[{"base64":"/w=="}],"last":{"at":"x"}})"));
}

TEST(Changed, IsANumber) {
  EXPECT_EQ(read_changed("{\"changed\":3}\n").value(), 3U);
  EXPECT_EQ(read_changed("{\"changed\":0}").value(), 0U);
  for (const char* answer : {"", "3", "{}", "{\"changed\":-1}", "{\"changed\":\"3\"}", "[3]"}) {
    EXPECT_FALSE(read_changed(answer)) << answer;
  }
}

/// A daemon with so many notifications, which gives no more at once than it wants.
class Daemon {
 public:
  Daemon(std::int64_t notifications, std::int64_t at_once)
      : notifications_(notifications), at_once_(at_once) {}

  AskQueue asker() {
    return [this](const std::vector<std::string>& arguments) { return answer(arguments); };
  }
  std::vector<std::vector<std::string>> asked;

 private:
  static std::int64_t number_of(const std::vector<std::string>& arguments,
                                const std::string& name) {
    for (const std::string& argument : arguments) {
      if (argument.starts_with(name + "=")) {
        return std::stoll(argument.substr(name.size() + 1));
      }
    }
    return -1;
  }

  Result<std::string> answer(const std::vector<std::string>& arguments) {
    asked.push_back(arguments);
    const std::int64_t after = number_of(arguments, "after");
    const std::int64_t last =
        std::min({notifications_, after + number_of(arguments, "most"), after + at_once_});
    std::string text;
    for (std::int64_t number = after + 1; number <= last; ++number) {
      text += "{\"id\":\"i" + std::to_string(number) + "\"}\n";
    }
    return last < notifications_ ? text + "{\"more_after\":" + std::to_string(last) + "}\n" : text;
  }

  const std::int64_t notifications_;
  const std::int64_t at_once_;
};

struct Walked {
  std::vector<std::string> ids;
  Result<std::optional<std::int64_t>> end;
};

Walked walk(const AskQueue& ask, const QueueQuestion& question) {
  Walked walked;
  walked.end = ask_for_pages(ask, question, [&walked](const Notifications& page) -> Result<void> {
    for (const auto& notification : page) {
      walked.ids.push_back(notification.at("id"));
    }
    return {};
  });
  return walked;
}

TEST(Pages, AreFollowedToTheEnd) {
  Daemon daemon(7, 100);
  const Walked walked = walk(daemon.asker(), {"export", {"state=dead"}, 0, 0, 3});
  EXPECT_THAT(walked.ids, ElementsAre("i1", "i2", "i3", "i4", "i5", "i6", "i7"));
  EXPECT_FALSE(walked.end.value());
  EXPECT_THAT(daemon.asked, ElementsAre(ElementsAre("export", "state=dead", "after=0", "most=3"),
                                        ElementsAre("export", "state=dead", "after=3", "most=3"),
                                        ElementsAre("export", "state=dead", "after=6", "most=3")));
}

TEST(Pages, EndWhereEnoughWereGiven) {
  Daemon daemon(10, 100);
  Walked walked = walk(daemon.asker(), {"list", {}, 2, 4, 3});
  EXPECT_THAT(walked.ids, ElementsAre("i3", "i4", "i5", "i6"));
  EXPECT_EQ(walked.end.value(), 6);
  EXPECT_EQ(daemon.asked.back().back(), "most=1");
  walked = walk(daemon.asker(), {"list", {}, 6, 4, 3});
  EXPECT_EQ(walked.ids.size(), 4U);
  EXPECT_FALSE(walked.end.value());
}

TEST(Pages, MayBeSmallerThanAskedFor) {
  Daemon daemon(5, 2);
  EXPECT_EQ(walk(daemon.asker(), {"list", {}, 0, 0, 500}).ids.size(), 5U);
  EXPECT_EQ(daemon.asked.size(), 3U);
}

TEST(Pages, OfNothingAreNone) {
  Daemon daemon(0, 2);
  const Walked walked = walk(daemon.asker(), {"list", {}, 0, 100, 500});
  EXPECT_TRUE(walked.ids.empty());
  EXPECT_FALSE(walked.end.value());
}

TEST(Pages, ThatLeadBackOrAreTooLongAreAnError) {
  for (const char* answer :
       {"{\"id\":\"a\"}\n{\"more_after\":5}", "{\"more_after\":4}",
        "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n{\"more_after\":9}"}) {
    std::size_t asked = 0;
    const Walked walked = walk(
        [&asked, answer](const std::vector<std::string>&) -> Result<std::string> {
          ++asked;
          return answer;
        },
        {"list", {}, 5, 0, 2});
    EXPECT_FALSE(walked.end) << answer;
    EXPECT_EQ(asked, 1U);
  }
}

TEST(Pages, StopAtTheFirstFailure) {
  const Walked refused = walk(
      [](const std::vector<std::string>&) -> Result<std::string> { return failure("not you"); },
      {"list", {}, 0, 0, 2});
  ASSERT_FALSE(refused.end);
  EXPECT_EQ(refused.end.error().message, "not you");
  Daemon daemon(10, 100);
  const auto full = ask_for_pages(
      daemon.asker(), {"export", {}, 0, 0, 2},
      [](const Notifications&) -> Result<void> { return failure("the disk is full"); });
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().message, "the disk is full");
  EXPECT_EQ(daemon.asked.size(), 1U);
}

TEST(HarmlessJson, IsAsciiThatReadsBackAsTheSame) {
  const nlohmann::ordered_json json = {{"id", "\x1b[2J\xc2\x9b\x7f\n ü"}};
  const std::string line = harmless_json(json, false);
  for (const char c : line) {
    EXPECT_TRUE(c >= ' ' && c <= '~');
  }
  EXPECT_EQ(nlohmann::ordered_json::parse(line), json);
  EXPECT_THAT(harmless_json(json, true), HasSubstr("{\n  \"id\": "));
}

}  // namespace
}  // namespace kamexec::tool
