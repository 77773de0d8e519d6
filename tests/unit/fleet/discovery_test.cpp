// SPDX-License-Identifier: GPL-2.0-or-later
// What a daemon says of itself, and asking all of them.
#include "fleet/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_link.h"
#include "fleet/census.h"

namespace kamexec::fleet::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class NoCalls final : public OfferedCalls {
 public:
  void on_call(OfferedCallId id, std::string_view, const ReceivedCall&, bool) override {
    last = id;
  }
  void on_cancel(OfferedCallId) override {}
  OfferedCallId last = 0;
};

/// A worker daemon.
struct Worker {
  Worker(FakeServer& server, const std::string& id, const std::string& zone = "east")
      : link(server.connect()),
        offers(*link, OffersOptions{.subjects = Subjects(), .name = {id, zone}}, calls),
        discovery(*link, Subjects(), offers, [id, zone] {
          Self self;
          self.name = {id, zone};
          self.version = "1.2.3";
          self.host = "worker\xff.example";
          self.started = std::chrono::system_clock::from_time_t(1'700'000'000) + milliseconds(7);
          self.load.push_back({"route", 2, 3, 4, "v9"});
          return self;
        }) {
    offers.offer({"bill", "route"});
    offers.set_wants("bill", {.variables = false, .input = false, .uri = true, .message = false});
  }
  NoCalls calls;
  std::unique_ptr<FakeLink> link;
  Offers offers;
  Discovery discovery;
};

class DiscoveryTest : public testing::Test {
 protected:
  DiscoveryTest() {
    static_cast<void>(asker_->subscribe("in.>", "", [this](const nats::Incoming& message) {
      answers_.push_back(json::parse(message.payload()));
    }));
  }
  std::vector<json> ask(const std::string& subject, const std::string& reply = "in.1") {
    answers_.clear();
    EXPECT_TRUE(asker_->publish({.subject = subject, .reply = reply}));
    server_.settle();
    return answers_;
  }

  FakeServer server_;
  std::unique_ptr<FakeLink> asker_ = server_.connect();
  std::vector<json> answers_;
};

TEST_F(DiscoveryTest, AnswersEachSubjectOfItsOwn) {
  const Worker first(server_, "First");
  const Worker second(server_, "Second");
  for (const std::string verb : {"PING", "INFO", "STATS"}) {
    EXPECT_THAT(ask("$SRV." + verb), SizeIs(2)) << verb;
    EXPECT_THAT(ask("$SRV." + verb + ".kamexec"), SizeIs(2));
    const std::vector<json> one = ask("$SRV." + verb + ".kamexec.Second");
    ASSERT_THAT(one, SizeIs(1));
    EXPECT_EQ(one[0]["id"], "Second");
    EXPECT_THAT(ask("$SRV." + verb + ".other"), IsEmpty());
    EXPECT_THAT(ask("$SRV." + verb + ".kamexec.Third"), IsEmpty());
  }
}

TEST_F(DiscoveryTest, SaysWhoItIs) {
  const Worker worker(server_, "First");
  const std::vector<json> pings = ask("$SRV.PING");
  ASSERT_THAT(pings, SizeIs(1));
  EXPECT_EQ(pings[0], json::parse(R"({"type": "io.nats.micro.v1.ping_response", "name": "kamexec",
                            "id": "First", "version": "1.2.3",
                            "metadata": {"host": "worker\ufffd.example", "kamexecd": "1.2.3",
                                         "zone": "east"}})"));
  EXPECT_FALSE(ask("$SRV.PING")[0]["metadata"].contains("none"));
}

TEST_F(DiscoveryTest, SaysWhatItOffers) {
  const Worker worker(server_, "First", "");
  const std::vector<json> infos = ask("$SRV.INFO");
  ASSERT_THAT(infos, SizeIs(1));
  EXPECT_EQ(infos[0]["type"], "io.nats.micro.v1.info_response");
  EXPECT_TRUE(infos[0]["description"].is_string());
  EXPECT_FALSE(infos[0]["metadata"].contains("zone"));
  EXPECT_EQ(infos[0]["endpoints"],
            json::parse(R"([{"name": "bill", "subject": "kx.call.bill", "queue_group": "kx",
                             "metadata": {"wants": "uri"}},
                            {"name": "route", "subject": "kx.call.route", "queue_group": "kx",
                             "metadata": {"wants": "uri env message input"}}])"));
}

TEST_F(DiscoveryTest, SaysHowItGoes) {
  Worker worker(server_, "First");
  for (const bool well : {true, false}) {
    ASSERT_TRUE(asker_->publish({.subject = "kx.call.route",
                                 .reply = "x.1",
                                 .payload = "request a1 run 0\narg x\nend a1\n"}));
    server_.settle();
    process::RunResult result;
    result.outcome = process::Outcome::no_room("full");
    result.outcome.cause = well ? process::Cause::ok : process::Cause::refused;
    worker.offers.answer(worker.calls.last, result, !well);
  }
  const std::vector<json> all = ask("$SRV.STATS.kamexec.First");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0]["type"], "io.nats.micro.v1.stats_response");
  EXPECT_EQ(all[0]["started"], "2023-11-14T22:13:20.007Z");
  json route = all[0]["endpoints"][1];
  EXPECT_GT(route["processing_time"].get<std::int64_t>(), 0);
  EXPECT_EQ(route["average_processing_time"].get<std::int64_t>(),
            route["processing_time"].get<std::int64_t>() / 2);
  route.erase("processing_time");
  route.erase("average_processing_time");
  EXPECT_EQ(route, json::parse(R"({"name": "route", "subject": "kx.call.route",
      "queue_group": "kx", "num_requests": 2, "num_errors": 1, "last_error": "refused: full",
      "data": {"running": 2, "queued": 3, "most": 4, "version": "v9", "refused": 1,
               "cancelled": 0, "under_way": 0}})"));
  EXPECT_EQ(all[0]["endpoints"][0]["average_processing_time"], 0) << "never called";
}

TEST_F(DiscoveryTest, SendsAsMuchAsTheServerTakes) {
  Worker worker(server_, "First");
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) {
    many.push_back("p" + std::to_string(i));
  }
  worker.offers.offer(many);
  server_.settle();
  server_.max_payload = 10'000;
  server_.down();
  server_.up();
  server_.settle();
  const std::vector<json> all = ask("$SRV.STATS");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_GT(all[0]["endpoints"].size(), 5U);
  EXPECT_LT(all[0]["endpoints"].size(), 200U);
}

TEST_F(DiscoveryTest, IsSilentWhereItMayNotOrNeedNotAnswer) {
  Worker worker(server_, "First");
  EXPECT_THAT(ask("$SRV.PING", ""), IsEmpty());
  EXPECT_THAT(ask("$SRV.PING", "$JS.API.INFO"), IsEmpty());
  EXPECT_THAT(server_.sent_to("$JS.>"), IsEmpty());
  worker.discovery.stop();
  server_.settle();
  EXPECT_THAT(ask("$SRV.PING"), IsEmpty());
}

TEST_F(DiscoveryTest, ACensusGathersWhatComes) {
  const Worker first(server_, "First");
  const Worker second(server_, "Second");
  Census census(*asker_, "box");
  std::vector<std::vector<std::string>> given;
  EXPECT_EQ(census.wake_at(), kNoDeadline);
  census.ask(milliseconds(60'000), [&](auto answers) { given.push_back(std::move(answers)); });
  server_.settle();
  const auto asked = server_.sent_to("$SRV.STATS.kamexec");
  ASSERT_THAT(asked, SizeIs(1));
  const std::string reply(asked[0]->reply());
  for (const std::string_view strange :
       {"", "nonsense", "[]", "{}", "{\"type\": 7}", "\xff\xfe",
        R"({"type": "io.nats.micro.v1.stats_response", "name": "other"})"}) {
    ASSERT_TRUE(asker_->publish({.subject = reply, .payload = strange}));
  }
  server_.settle();
  EXPECT_THAT(given, IsEmpty()) << "the time isn't over";
  EXPECT_LT(census.wake_at(), kNoDeadline);
  census.tick(census.wake_at());
  ASSERT_THAT(given, SizeIs(1));
  EXPECT_EQ(census.wake_at(), kNoDeadline);
  std::vector<std::string> ids;
  for (const std::string& text : given[0]) {
    ids.push_back(json::parse(text)["id"]);
  }
  EXPECT_THAT(ids, UnorderedElementsAre("First", "Second"));
  server_.settle();
  census.tick(kNoDeadline);
  EXPECT_THAT(given, SizeIs(1)) << "once";
}

TEST_F(DiscoveryTest, ACensusWithoutNatsIsEmpty) {
  server_.down();
  Census census(*asker_, "box");
  int given = 0;
  census.ask(milliseconds(60'000), [&](const auto& answers) {
    EXPECT_THAT(answers, IsEmpty());
    ++given;
  });
  EXPECT_EQ(given, 0);
  census.tick(Clock::now());
  EXPECT_EQ(given, 1);
}

TEST_F(DiscoveryTest, ACensusThatEndsEarlyTellsNobody) {
  const Worker worker(server_, "First");
  {
    Census census(*asker_, "box");
    census.ask(milliseconds(60'000), [](const auto&) { ADD_FAILURE(); });
  }
  server_.settle();
}

TEST(Stats, AreReadWithinBounds) {
  const auto with = [](const std::string& data) {
    return R"({"type": "io.nats.micro.v1.stats_response", "name": "kamexec", "data": )" + data +
           "}";
  };
  EXPECT_TRUE(is_stats(with("1")));
  EXPECT_TRUE(is_stats(with("[[[[]]]]")));
  EXPECT_FALSE(is_stats(with(std::string(100, '[') + std::string(100, ']'))));
  EXPECT_FALSE(is_stats(with(std::string(400'000, '['))));
  EXPECT_FALSE(is_stats(with("\"" + std::string(2 << 20, 'x') + "\"")));
}

}  // namespace
}  // namespace kamexec::fleet::test
