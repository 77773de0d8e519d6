// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator asks of a store that is in memory here, short of memory, too.
#include "daemon/fleet_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/base64.h"
#include "fleet/call_message.h"
#include "fleet/fake_link.h"
#include "nats/jetstream_answers.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::daemon {
namespace {

using kamexec::test::fail_allocations;
using kamexec::test::stop_failing;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string note(const std::string& id, const std::string& argument) {
  service::CallRequest request;
  request.id = id;
  request.call = "cmd";
  const std::vector<std::string_view> arguments{argument};
  request.arguments = arguments;
  std::string text;
  EXPECT_TRUE(fleet::append_call(text, request, 0, std::size_t{1} << 20));
  return text;
}

/// The two streams of a JetStream, and as much of its API as is asked for.
class StoreInMemory {
 public:
  struct Message {
    std::string subject;
    std::string payload;
    std::string headers;
  };
  using Stream = std::map<std::uint64_t, Message>;

  explicit StoreInMemory(fleet::test::FakeServer& server) : link_(server.connect()) {
    serve("$JS.API.STREAM.INFO.*", [](Stream& stream, const json&) {
      const std::uint64_t highest = stream.empty() ? 0 : stream.rbegin()->first;
      return json{{"state", {{"messages", stream.size()}, {"last_seq", highest}}}};
    });
    serve("$JS.API.STREAM.MSG.GET.*", [](Stream& stream, const json& asked) {
      for (const auto& [number, message] : stream) {
        if (number >= asked["seq"] &&
            fleet::test::matches(asked["next_by_subj"].get<std::string>(), message.subject)) {
          return json{{"message",
                       {{"subject", message.subject},
                        {"seq", number},
                        {"hdrs", in_base64(message.headers)},
                        {"time", "2026-01-31T23:59:59Z"},
                        {"data", in_base64(message.payload)}}}};
        }
      }
      return json{{"error", {{"code", 404}, {"err_code", 10037}, {"description", "no message"}}}};
    });
    serve("$JS.API.STREAM.MSG.DELETE.*", [this](Stream& stream, const json& asked) {
      if (!refuses_to_erase.empty()) {
        return json{{"error", {{"code", 400}, {"err_code", 1}, {"description", refuses_to_erase}}}};
      }
      stream.erase(asked["seq"].get<std::uint64_t>());
      return json{{"success", true}};
    });
    static_cast<void>(link_->subscribe("kx.note.*", "", [this](const nats::Incoming& message) {
      const std::string id(message.header("Nats-Msg-Id"));
      const bool known = !ids.insert(id).second;
      const std::uint64_t number = known ? 1 : add(waiting, message.subject(), message.payload());
      answer(message, {{"stream", "kx-note"}, {"seq", number}, {"duplicate", known}});
    }));
  }

  std::uint64_t add(Stream& stream, std::string_view subject, std::string_view payload,
                    const std::string& headers = {}) {
    stream.emplace(++last, Message{std::string(subject), std::string(payload), headers});
    return last;
  }

  Stream waiting;
  Stream dead;
  std::uint64_t last = 0;
  std::set<std::string> ids;
  std::string refuses_to_erase;  ///< empty: it doesn't

 private:
  template <typename Serve>
  void serve(const std::string& subject, Serve serve) {
    static_cast<void>(
        link_->subscribe(subject, "", [this, serve](const nats::Incoming& message) mutable {
          Stream& stream = message.subject().ends_with("kx-dead") ? dead : waiting;
          answer(message, serve(stream, json::parse(message.payload(), nullptr, false)));
        }));
  }
  void answer(const nats::Incoming& message, const json& what) {
    EXPECT_TRUE(link_->publish({.subject = message.reply(), .payload = what.dump()}));
  }

  std::unique_ptr<fleet::test::FakeLink> link_;
};

class FleetQueueTest : public testing::Test {
 protected:
  FleetQueueTest() { fill(); }

  void fill() {
    store.waiting.clear();
    store.dead.clear();
    store.ids.clear();
    store.last = 0;
    const std::string attempts = "NATS/1.0\r\nKamexec-Attempts: 3\r\nKamexec-Outcome: no\r\n\r\n";
    store.add(store.waiting, "kx.note.bill", note("a1", "alice"));
    store.add(store.waiting, "kx.note.tell", note("a2", "bob"));
    store.add(store.dead, "kx.dead.bill", note("a3", "carol"), attempts);
    store.add(store.dead, "kx.dead.bill", note("a4", "dave"), attempts);
  }

  template <typename T>
  struct Told {
    std::size_t times = 0;
    std::optional<tl::expected<T, process::Outcome>> what;
    FleetQueue::Answer<T> answer() {
      return [this](tl::expected<T, process::Outcome> said) {
        ++times;
        what = std::move(said);
      };
    }
  };
  template <typename T, typename Ask>
  tl::expected<T, process::Outcome> asked(Ask ask) {
    Told<T> told;
    ask(told.answer());
    server.settle();
    EXPECT_EQ(told.times, 1U);
    return *told.what;
  }
  std::vector<std::string> ids(const stored::Selection& which, std::size_t rows = 100) {
    const auto listed = asked<FleetQueue::Listed>(
        [&](auto answer) { queue.list(which, {}, rows, 1'000'000, answer); });
    std::vector<std::string> found;
    if (!listed) {
      return {listed.error().detail};
    }
    std::string_view rest = listed->text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      found.push_back(json::parse(line).value("id", "more"));
    }
    return found;
  }
  std::size_t changed(const tl::expected<std::size_t, process::Outcome>& count) {
    EXPECT_TRUE(count) << count.error().detail;
    return count.value_or(999);
  }
  static stored::Selection of(const std::string& program) {
    stored::Selection which;
    which.program = program;
    return which;
  }

  /// The allocations of reading the answer that comes next. The JSON library allocates when it
  /// destroys what it has read, and ends the process where that fails.
  [[nodiscard]] std::size_t of_reading() const {
    const std::string text(server.sent.back().payload());
    const std::size_t before = kamexec::test::allocations().ever;
    if (text.find("\"state\"") != text.npos) {
      static_cast<void>(nats::read_state(text));
    } else if (text.find("\"stream\"") != text.npos) {
      static_cast<void>(nats::read_published(text));
    } else if (text.find("\"success\"") != text.npos) {
      static_cast<void>(nats::read_success(text));
    } else {
      static_cast<void>(nats::read_message(text));
    }
    return kamexec::test::allocations().ever - before;
  }

  /// Has @p ask be answered, once, whichever allocation fails while it is begun or goes on.
  template <typename T, typename Ask>
  void answers_without_memory(Ask ask) {
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "AddressSanitizer allocates by itself";
#endif
    constexpr std::size_t kMost = 3'000;
    std::size_t failures = 0;
    for (std::size_t good = 0; good < kMost; ++good) {
      fill();
      Told<T> told;
      const FleetQueue::Answer<T> answer = told.answer();
      fail_allocations(good, 1);
      ask(answer);
      std::size_t failed = stop_failing();
      link->around_handlers = [&](bool before) {
        if (before) {
          const std::size_t reading = of_reading();
          fail_allocations(reading + good, 1);
        } else {
          failed += stop_failing();
        }
      };
      server.settle();
      link->around_handlers = [](bool) {};
      ASSERT_EQ(told.times, 1U) << good;
      ASSERT_TRUE(*told.what || failed > 0) << told.what->error().detail;
      failures += failed;
      if (failed == 0) {
        EXPECT_GT(failures, 10U);
        return;
      }
    }
    FAIL() << "more allocations than any question has";
  }

  fleet::test::FakeServer server;
  StoreInMemory store{server};
  std::unique_ptr<fleet::test::FakeLink> link = server.connect();
  nats::JetStream streams{*link};
  FleetQueue queue{streams, fleet::Subjects()};
};

TEST_F(FleetQueueTest, Lists) {
  EXPECT_THAT(ids({}), ElementsAre("a1", "a2", "a3", "a4"));
  EXPECT_THAT(ids(of("bill")), ElementsAre("a1", "a3", "a4"));
  EXPECT_THAT(ids(of("b*")), ElementsAre());
  stored::Selection dead;
  dead.state = stored::State::dead;
  EXPECT_THAT(ids(dead), ElementsAre("a3", "a4"));
  EXPECT_THAT(ids({}, 2), ElementsAre("a1", "a2", "more"));
  stored::Selection rest;
  rest.after = FleetQueue::kFirstDead + 3;
  EXPECT_THAT(ids(rest), ElementsAre("a4"));
}

TEST_F(FleetQueueTest, ShowsWhatCantBeRead) {
  store.add(store.waiting, "kx.note.bill", "no call\n");
  const auto listed = asked<FleetQueue::Listed>(
      [&](auto answer) { queue.list(of("bill"), {}, 100, 1'000'000, answer); });
  ASSERT_TRUE(listed);
  EXPECT_THAT(listed->text, HasSubstr("damage"));
}

TEST_F(FleetQueueTest, TheDeadWaitAgain) {
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.retry({}, {}, answer); })), 2U);
  EXPECT_TRUE(store.dead.empty());
  EXPECT_THAT(ids(of("bill")), ElementsAre("a1", "a3", "a4"));
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.retry({}, {}, answer); })), 0U)
      << "what waits is left alone";
}

TEST_F(FleetQueueTest, Drops) {
  const FleetQueue::Number third = FleetQueue::kFirstDead + 3;
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.drop({}, {third}, answer); })), 1U);
  EXPECT_THAT(ids({}), ElementsAre("a1", "a2", "a4"));
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.drop({}, {third}, answer); })), 0U);
  stored::Selection one;
  one.most = 1;
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.drop(one, {}, answer); })), 1U);
  EXPECT_EQ(changed(asked<std::size_t>([&](auto answer) { queue.drop({}, {}, answer); })), 2U);
  EXPECT_TRUE(store.waiting.empty() && store.dead.empty());
}

TEST_F(FleetQueueTest, Finds) {
  const auto find = [&](const std::vector<std::string>& wanted) {
    return asked<FleetQueue::Found>([&](auto answer) { queue.find({}, wanted, answer); });
  };
  EXPECT_THAT(find({"a2"})->numbers, ElementsAre(FleetQueue::kFirstNote + 2));
  EXPECT_THAT(find({"a4", "a1"})->ids, ElementsAre("a4", "a1"));
  EXPECT_TRUE(find({"a9"})->ids.empty());
}

TEST_F(FleetQueueTest, AFailureTellsHowFarItCame) {
  store.refuses_to_erase = "not today";
  const auto count = asked<std::size_t>([&](auto answer) { queue.drop({}, {}, answer); });
  ASSERT_FALSE(count);
  EXPECT_THAT(count.error().detail, HasSubstr("not today"));
  EXPECT_THAT(count.error().detail, HasSubstr("after 0 were changed"));
  server.down();
  const auto listed =
      asked<FleetQueue::Listed>([&](auto answer) { queue.list({}, {}, 100, 1'000'000, answer); });
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().detail, HasSubstr("no NATS server is connected"));
}

TEST_F(FleetQueueTest, ADropWithoutMemoryIsAnswered) {
  answers_without_memory<std::size_t>([&](const auto& answer) { queue.drop({}, {}, answer); });
}

TEST_F(FleetQueueTest, ARetryWithoutMemoryIsAnswered) {
  answers_without_memory<std::size_t>([&](const auto& answer) { queue.retry({}, {}, answer); });
}

TEST_F(FleetQueueTest, AFindWithoutMemoryIsAnswered) {
  const std::vector<std::string> wanted{"a4", "a2"};
  answers_without_memory<FleetQueue::Found>(
      [&](const auto& answer) { queue.find({}, wanted, answer); });
}

}  // namespace
}  // namespace kamexec::daemon
