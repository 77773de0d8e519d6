// SPDX-License-Identifier: GPL-2.0-or-later
// Notes over a real nats-server: a host that publishes them, and hosts that take them.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fleet/note_publisher.h"
#include "fleet/note_streams.h"
#include "fleet/note_worker.h"
#include "jetstream_fixture.h"

namespace kamexec::fleet {

struct Host {
  Host(const std::string& url, const NoteStreamRule& rule)
      : link(url), streams(*link), checked(*link, streams, Subjects(), rule) {}
  virtual ~Host() = default;
  virtual void turn(int most) {
    link.turn(most);
    checked.tick(Clock::now());
  }
  nats::TestLink link;
  nats::JetStream streams;
  NoteStreams checked;
};

struct CallingHost : Host {
  explicit CallingHost(const std::string& url, const NoteStreamRule& rule = {})
      : Host(url, rule), publisher(*link, streams, checked, Subjects()) {}
  NotePublisher publisher;
};

struct WorkerHost : Host, NoteCalls {
  struct Came {
    NoteId number = 0;
    std::string program;
    std::string id;
    std::vector<std::string> arguments;
    std::string message;
    std::uint32_t attempt = 0;
  };
  explicit WorkerHost(const std::string& url, std::chrono::milliseconds ack_wait,
                      const NoteStreamRule& rule = {})
      : Host(url, rule) {
    NoteWorkerOptions options;
    options.ack_wait = ack_wait;
    worker = std::make_unique<NoteWorker>(*link, streams, checked, std::move(options), *this);
  }
  void turn(int most) override {
    Host::turn(most);
    worker->tick(Clock::now());
  }
  void on_note(NoteId id, std::string_view program, const ReceivedCall& received,
               std::uint32_t attempt) override {
    const service::CallRequest& request = received.request();
    came.push_back({id,
                    std::string(program),
                    std::string(request.id),
                    {request.arguments.begin(), request.arguments.end()},
                    std::string(request.message),
                    attempt});
    if (at_once) {
      worker->ended(id, *at_once);
    }
  }
  void on_dead(std::string_view program, std::string_view call_id, std::string_view why) override {
    dead.push_back(std::string(program) + " " + std::string(call_id) + " " + std::string(why));
  }
  [[nodiscard]] NoteFigures figures() const {
    const auto all = worker->figures();
    return all.empty() ? NoteFigures() : all.front().second;
  }

  std::vector<Came> came;
  std::vector<std::string> dead;
  std::optional<NoteEnd> at_once;  ///< how each ends, as soon as it has come
  std::unique_ptr<NoteWorker> worker;
};

class NotesTest : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kLong{60'000};
  static constexpr std::chrono::milliseconds kShort{500};

  void SetUp() override {
    if (!nats::NatsServer::is_installed()) {
      GTEST_SKIP() << "nats-server isn't installed (scripts/setup engine-test)";
    }
    ASSERT_TRUE(server_->start()) << server_->log();
  }

  /// Turns the loops of @p hosts until @p is_so.
  template <typename Condition, typename... Hosts>
  [[nodiscard]] static bool until(Condition is_so, Hosts&... hosts) {
    const TimePoint deadline = Clock::now() + nats::kPatience;
    while (!is_so()) {
      if (Clock::now() > deadline) {
        return false;
      }
      (hosts.turn(2), ...);
    }
    return true;
  }
  [[nodiscard]] static bool is_ready(Host& host) {
    return until([&] { return host.checked.are_ready(); }, host);
  }

  static NoteOutcome publish(CallingHost& host, const std::string& id,
                             std::chrono::milliseconds time = kLong,
                             const std::string& program = "bill") {
    service::CallRequest request;
    request.id = id;
    request.call = "cmd";
    request.program = program;
    const std::vector<std::string_view> arguments{"start", "an argument"};
    request.arguments = arguments;
    request.message = "OPTIONS sip:a SIP/2.0\r\n\r\n";
    std::optional<NoteOutcome> told;
    host.publisher.publish(request, Clock::now() + time,
                           [&](const NoteOutcome& outcome) { told = outcome; });
    EXPECT_TRUE(until([&] { return told.has_value(); }, host));
    return told.value_or(NoteOutcome());
  }

  template <typename T, typename Begin>
  static std::optional<T> asked(Host& host, Begin begin) {
    std::optional<nats::StreamAnswer<T>> told;
    const auto begun = begin(Clock::now() + nats::kPatience,
                             [&](nats::StreamAnswer<T> what) { told = std::move(what); });
    if (!begun || !until([&] { return told.has_value(); }, host) || !*told) {
      return std::nullopt;
    }
    return std::move(**told);
  }
  /// How many lie in the stream.
  static std::uint64_t count(Host& host, const std::string& stream = "kx-note") {
    const auto state = asked<nats::StreamState>(host, [&](TimePoint deadline, auto done) {
      return host.streams.state_of(stream, "", deadline, std::move(done));
    });
    return state ? state->messages : 999;
  }
  static std::optional<nats::StreamMessage> first_dead(Host& host) {
    return asked<nats::StreamMessage>(host, [&](TimePoint deadline, auto done) {
      return host.streams.get_next("kx-dead", "kx.dead.*", 1, deadline, std::move(done));
    });
  }

  static NoteRule rule(std::size_t at_once = 1, std::uint64_t attempts = 1'000) {
    NoteRule made;
    made.program = "bill";
    made.at_once = at_once;
    made.retry = std::chrono::milliseconds(50);
    made.retry_most = std::chrono::milliseconds(200);
    made.attempts = attempts;
    return made;
  }
  static NoteEnd done() { return {NoteEnd::Kind::done, "ok", ""}; }
  static NoteEnd failed() { return {NoteEnd::Kind::failed, "no", "exit status 3"}; }

  nats::StreamServer server_;
};

}  // namespace kamexec::fleet
