// SPDX-License-Identifier: GPL-2.0-or-later
// Calls on their way to a JetStream in memory, or else to a real store on this host's disk; short
// of memory, too.
#include "daemon/published_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>

#include "fleet/fake_link.h"
#include "nats/jetstream_answers.h"
#include "note_store.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::daemon {
namespace {

using fleet::test::FakeServer;
using kamexec::test::fail_allocations;
using kamexec::test::stop_failing;
using process::Cause;
using testing::HasSubstr;

constexpr const char* kStored = R"({"stream": "kx-note", "seq": 1})";
constexpr const char* kElsewhere = R"({"stream": "other", "seq": 1})";
constexpr const char* kFull =
    R"({"error": {"code": 503, "err_code": 10077, "description": "maximum messages exceeded"}})";

/// Nothing is dispatched here.
class NoActions final : public DispatchActions {
 public:
  void begin(const stored::Notification&) override {}
  void take(const std::string&, std::size_t, std::size_t) override {}
  void record(stored::Attempted) override {}
  void give_back(std::vector<std::string>) override {}
  void died(const stored::Notification&, std::uint32_t, const stored::LastAttempt&) override {}
};

class PublishedCallsTest : public testing::Test {
 protected:
  PublishedCallsTest() {
    std::string pattern = testing::TempDir() + "publishedXXXXXX";
    directory = ::mkdtemp(pattern.data());
    stored::StoreOptions options;
    options.directory = directory;
    Result<std::unique_ptr<stored::StoreThread>> opened = stored::StoreThread::open(options);
    EXPECT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    arriving = std::make_unique<ArrivingCalls>(*store, dispatcher, troubles);
    calls = std::make_unique<PublishedCalls>(*arriving, troubles);
    calls->set_publisher(&publisher);
  }
  ~PublishedCallsTest() override {
    calls.reset();
    arriving.reset();
    store.reset();
    std::filesystem::remove_all(directory);
  }

  static stored::Notification notification() {
    stored::Notification made;
    made.id = "0123456789abcdef0123456789abcdef";
    made.program = "bill";
    made.call = "cmd";
    made.arguments = {"alice"};
    return made;
  }
  PublishedCalls::KeepId keep(stored::Notification made,
                              std::chrono::milliseconds time = std::chrono::seconds(60)) {
    const TimePoint now = Clock::now();
    return calls->keep(std::move(made), now, after(now, time),
                       [this](const process::RunResult& result) {
                         ++times;
                         told = result.outcome;
                         output = result.output;
                       });
  }
  /// Until it is told, by the fleet or the disk.
  void wait() {
    const TimePoint end = after(Clock::now(), std::chrono::seconds(60));
    while (times == 0 && Clock::now() < end) {
      server.settle();
      link->step();  // deadlines
      pollfd ready{store->fd(), POLLIN, 0};
      ::poll(&ready, 1, 1);
      store->step();
      arriving->expire(Clock::now());
    }
    EXPECT_EQ(times, 1U);
  }

  std::string directory;
  FakeServer server;
  std::unique_ptr<fleet::test::FakeLink> link = server.connect();
  NoteStore stream{server};
  nats::JetStream streams{*link};
  fleet::NoteStreams checked{*link, streams, fleet::Subjects(), {}};
  fleet::NotePublisher publisher{*link, streams, checked, fleet::Subjects()};
  LimitedLog troubles;
  NoActions actions;
  Dispatcher dispatcher{actions, [] { return 0.0; }};
  std::unique_ptr<stored::StoreThread> store;
  std::unique_ptr<ArrivingCalls> arriving;
  std::unique_ptr<PublishedCalls> calls;
  std::size_t times = 0;
  process::Outcome told;
  std::string output;
};

TEST_F(PublishedCallsTest, IsAnsweredWhenTheFleetHasIt) {
  stream.say(kStored);
  const auto id = keep(notification());
  EXPECT_NE(id, 0U);
  wait();
  EXPECT_EQ(told.cause, Cause::ok);
  EXPECT_EQ(output, notification().id + "\n");
  EXPECT_EQ(store->counts("bill").waiting, 0U) << "it isn't on this host's disk";
  EXPECT_FALSE(calls->cancel(id));
}

TEST_F(PublishedCallsTest, AFullStoreAndATooLargeCallAreRefused) {
  stream.say(kFull);
  static_cast<void>(keep(notification()));
  wait();
  EXPECT_EQ(told.cause, Cause::refused);
  EXPECT_THAT(told.detail, HasSubstr("the fleet's store is full"));
  times = 0;
  stored::Notification large = notification();
  large.message.assign(server.max_payload, 'x');
  EXPECT_EQ(keep(std::move(large)), 0U) << "it has been answered";
  EXPECT_EQ(told.system_errno, EMSGSIZE);
}

TEST_F(PublishedCallsTest, WhatTheFleetDoesNotTakeInTimeIsKeptHere) {
  for (const char* const text : {"", kElsewhere, R"({"error":{"code":503,"err_code":10008}})"}) {
    times = 0;
    stream.say(text);
    stored::Notification made = notification();
    made.id.back() = static_cast<char>('0' + store->counts("bill").waiting);
    const std::string id = made.id;
    static_cast<void>(keep(std::move(made)));
    wait();
    EXPECT_EQ(told.cause, Cause::ok) << text << told.detail;
    EXPECT_EQ(output, id + "\n");
  }
  EXPECT_EQ(store->counts("bill").waiting, 3U);
}

TEST_F(PublishedCallsTest, HalfTheTimeIsTheDisks) {
  stream.say(kStored);
  server.lose("kx.note.*", 1);
  static_cast<void>(keep(notification(), std::chrono::seconds(4)));
  wait();
  EXPECT_EQ(told.cause, Cause::ok) << told.detail;
  EXPECT_EQ(store->counts("bill").waiting, 1U);
}

TEST_F(PublishedCallsTest, NobodyIsToldOfWhatWasCancelled) {
  stream.say(kStored);
  const auto id = keep(notification());
  EXPECT_TRUE(calls->cancel(id));
  server.settle();
  EXPECT_EQ(times, 0U);
  EXPECT_FALSE(calls->cancel(id)) << "it is over";
}

TEST_F(PublishedCallsTest, WithoutMemoryEachCallIsAnsweredOnce) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "AddressSanitizer allocates by itself";
#endif
  constexpr std::size_t kMost = 1'000;
  for (const char* const text : {kStored, kFull}) {
    stream.say(text);
    std::size_t failures = 0;
    std::size_t failed = 1;
    for (std::size_t good = 0; good < kMost && failed > 0; ++good) {
      times = 0;
      stored::Notification made = notification();
      failed = 0;
      bool thrown = false;
      fail_allocations(good, 1);
      try {
        static_cast<void>(keep(std::move(made)));
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      failed += stop_failing();
      link->around_handlers = [&](bool before) {
        if (before) {
          // Those of reading the answer left out: the JSON library allocates when it destroys what
          // it has read, and ends the process where that fails.
          const std::size_t so_far = kamexec::test::allocations().ever;
          static_cast<void>(nats::read_published(stream.said()));
          const std::size_t reading = kamexec::test::allocations().ever - so_far;
          fail_allocations(reading + good, 1);
        } else {
          failed += stop_failing();
        }
      };
      server.settle();
      link->around_handlers = [](bool) {};
      // Where the answer can't be read the disk takes it.
      for (int i = 0; i < 60'000 && !thrown && times == 0; ++i) {
        pollfd ready{store->fd(), POLLIN, 0};
        ::poll(&ready, 1, 1);
        store->step();
      }
      ASSERT_EQ(times, thrown ? 0U : 1U) << good;
      ASSERT_EQ(publisher.under_way(), 0U) << good;
      failures += failed;
    }
    EXPECT_EQ(failed, 0U);
    EXPECT_GT(failures, 10U);
  }
}

}  // namespace
}  // namespace kamexec::daemon
