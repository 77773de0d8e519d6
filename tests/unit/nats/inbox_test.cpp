// SPDX-License-Identifier: GPL-2.0-or-later
// Which request an answer is for, and which it is that nobody responds to: with as many requests
// under way as there are places, with more, and with some that were forgotten.
#include "nats/inbox.h"

#include <algorithm>
#include <csignal>
#include <set>

#include "link_fixture.h"

namespace kamexec::nats {
namespace {

class InboxTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    ASSERT_TRUE(server_.start()) << server_.log();
    link_.emplace(server_.url());
    ASSERT_TRUE(link_->connects());
  }
  void TearDown() override { link_.reset(); }

  /// Has it make all its places.
  void fill() {
    for (int round = 0; round < 8; ++round) {
      std::vector<std::shared_ptr<Ended>> all;
      for (std::size_t i = 0; i < Inbox::kMostPlaces; ++i) {
        all.push_back(link_->request({.subject = "call"}));
      }
      ASSERT_TRUE(link_->until([&] {
        return std::all_of(all.begin(), all.end(),
                           [](const auto& ended) { return TestLink::is_over(*ended); });
      }));
    }
  }

  /// Requests that nobody sees the end of.
  void ask_and_forget(const std::string& subject, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = (*link_)->request(
          {.subject = subject}, Clock::now() + kPatience, [](const Incoming&) { FAIL(); },
          [](const Trouble&) { FAIL(); });
      ASSERT_TRUE(id);
      (*link_)->forget(*id);
    }
  }

  NatsServer server_;
  std::optional<TestLink> link_;
};

TEST_F(InboxTest, OfManyEachGetsItsOwn) {
  static_cast<void>(link_->echo("call"));
  constexpr int kCount = 3 * static_cast<int>(Inbox::kMostPlaces);
  for (int round = 0; round < 8; ++round) {
    std::vector<std::shared_ptr<Ended>> all;
    for (int i = 0; i < kCount; ++i) {
      const std::string text = std::to_string(i);
      all.push_back(link_->request({.subject = i % 3 == 0 ? "nobody" : "call", .payload = text}));
    }
    ASSERT_TRUE(link_->until([&] {
      return std::all_of(all.begin(), all.end(),
                         [](const auto& ended) { return TestLink::is_over(*ended); });
    }));
    for (int i = 0; i < kCount; ++i) {
      const Ended& ended = *all[static_cast<std::size_t>(i)];
      if (i % 3 == 0) {
        EXPECT_EQ(ended.failure, Failure::no_responders) << i;
      } else {
        EXPECT_EQ(ended.payload, std::to_string(i));
      }
    }
  }
  EXPECT_EQ((*link_)->state().late, 0U);
}

TEST_F(InboxTest, ThatNobodyRespondsIsToldOfNoOtherRequest) {
  static_cast<void>(link_->echo("call"));
  ASSERT_TRUE(link_->is_known());
  fill();
  for (int round = 0; round < 50; ++round) {
    // The server has said nothing yet when their places would be wanted.
    ask_and_forget("nobody", round % 2 == 0 ? 1 : Inbox::kMostPlaces);
    const auto ended = link_->request({.subject = "call"});
    ASSERT_TRUE(link_->until([&] { return TestLink::is_over(*ended); }));
    EXPECT_TRUE(ended->answered) << "told of another one";
  }
}

TEST_F(InboxTest, PlacesOfWhatWasNeverAnsweredAreUsedAgain) {
  std::set<std::string> replies;
  static_cast<void>((*link_)->subscribe(
      "silent", "", [&](const Incoming& message) { replies.emplace(message.reply()); }));
  static_cast<void>(link_->echo("call"));
  ASSERT_TRUE(link_->is_known());
  fill();
  const auto places = [&] {
    return std::count_if(replies.begin(), replies.end(), [](const std::string& reply) {
      return std::count(reply.begin(), reply.end(), '.') == 3;  // _INBOX.NAME.PLACE.N
    });
  };
  ask_and_forget("silent", Inbox::kMostPlaces);
  ASSERT_TRUE(link_->until([&] { return replies.size() == Inbox::kMostPlaces; }));
  EXPECT_EQ(places(), Inbox::kMostPlaces);
  // Something sent later is answered: the server has said all of the others that it says by itself.
  const auto ended = link_->request({.subject = "call"});
  ASSERT_TRUE(link_->until([&] { return ended->answered; }));
  replies.clear();
  ask_and_forget("silent", 2);
  ASSERT_TRUE(link_->until([&] { return replies.size() == 2; }));
  EXPECT_EQ(places(), 2);
}

TEST_F(InboxTest, ALateAnswerGoesToNoOtherRequest) {
  std::vector<std::string> replies;
  static_cast<void>((*link_)->subscribe(
      "silent", "", [&](const Incoming& message) { replies.emplace_back(message.reply()); }));
  static_cast<void>(link_->echo("call"));
  fill();
  ask_and_forget("silent", Inbox::kMostPlaces);
  ASSERT_TRUE(link_->until([&] { return replies.size() == Inbox::kMostPlaces; }));
  const auto first = link_->request({.subject = "call"});
  ASSERT_TRUE(link_->until([&] { return first->answered; }));
  const std::string old = replies.front();
  const auto now = link_->request({.subject = "silent", .payload = "now"});
  ASSERT_TRUE(link_->until([&] { return replies.size() > Inbox::kMostPlaces; }));
  const auto place = [](const std::string& reply) { return reply.substr(0, reply.rfind('.')); };
  ASSERT_EQ(place(replies.back()), place(old));
  ASSERT_TRUE((*link_)->publish({.subject = old, .payload = "late"}));
  ASSERT_TRUE((*link_)->publish({.subject = place(old) + ".x", .payload = "none"}));
  EXPECT_TRUE(link_->until([&] { return (*link_)->state().late == 2; }));
  EXPECT_FALSE(TestLink::is_over(*now));
  ASSERT_TRUE((*link_)->publish({.subject = replies.back(), .payload = "in time"}));
  EXPECT_TRUE(link_->until([&] { return now->answered; }));
  EXPECT_EQ(now->payload, "in time");
}

}  // namespace
}  // namespace kamexec::nats
