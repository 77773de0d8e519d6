// SPDX-License-Identifier: GPL-2.0-or-later
// JetStream on a real nats-server, with a directory of its own; what a test waits for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_fixture.h"
#include "nats/jetstream.h"
#include "nats/jetstream_delivery.h"

namespace kamexec::nats {

/// A server with JetStream; its store lasts from one start to the next.
class StreamServer {
 public:
  StreamServer()
      : server_("jetstream { store_dir: \"" + store_.path() + "\", max_file_store: 64MB }") {}
  NatsServer* operator->() { return &server_; }

 private:
  TestDirectory store_;
  NatsServer server_;
};

/// What has been told; absent: nothing yet.
template <typename T>
struct Told {
  std::optional<StreamAnswer<T>> answer;
  [[nodiscard]] JetStream::Done<T> done() {
    return [this](StreamAnswer<T> what) {
      EXPECT_FALSE(answer.has_value()) << "told twice";
      answer.emplace(std::move(what));
    };
  }
};

class JetStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    ASSERT_TRUE(server_->start()) << server_->log();
    connect();
  }
  void connect() {
    link_.emplace(server_->url());
    ASSERT_TRUE(link_->connects()) << (*link_)->state().trouble;
    streams_.emplace(**link_);
  }
  void TearDown() override {
    streams_.reset();
    link_.reset();
  }

  [[nodiscard]] static TimePoint soon() { return Clock::now() + kPatience; }

  /// What a function of JetStream's tells: @p begin calls it with the deadline and what it tells.
  template <typename T, typename Begin>
  StreamAnswer<T> told(Begin begin) {
    Told<T> told;
    const JetStream::Begun begun = begin(soon(), told.done());
    if (!begun) {
      return tl::unexpected(begun.error());
    }
    if (!link_->until([&] { return told.answer.has_value(); })) {
      return tl::unexpected(StreamTrouble{StreamFault::unknown, 0, "never told"});
    }
    return *told.answer;
  }

  [[nodiscard]] static StreamConfig notes() {
    StreamConfig config;
    config.name = "notes";
    config.subjects = {"kx.note.*"};
    config.retention = Retention::work_queue;
    return config;
  }
  StreamAnswer<StreamState> ensure(const StreamConfig& config) {
    return told<StreamState>([&](TimePoint deadline, auto done) {
      return streams_->ensure_stream(config, deadline, std::move(done));
    });
  }
  StreamAnswer<ConsumerState> ensure(const ConsumerConfig& config) {
    return told<ConsumerState>([&](TimePoint deadline, auto done) {
      return streams_->ensure_consumer("notes", config, deadline, std::move(done));
    });
  }
  StreamAnswer<Published> publish(const std::string& subject, const std::string& id,
                                  const std::string& payload = "x") {
    return told<Published>([&](TimePoint deadline, auto done) {
      return streams_->publish({.subject = subject, .id = id, .payload = payload}, deadline,
                               std::move(done));
    });
  }
  StreamAnswer<StreamState> state(const std::string& subjects = "") {
    return told<StreamState>([&](TimePoint deadline, auto done) {
      return streams_->state_of("notes", subjects, deadline, std::move(done));
    });
  }
  StreamAnswer<void> settle(const std::string& reply, Settled how,
                            std::chrono::nanoseconds pause = {}) {
    return told<void>([&](TimePoint deadline, auto done) {
      return streams_->settle(reply, how, pause, deadline, std::move(done));
    });
  }

  StreamServer server_;
  std::optional<TestLink> link_;
  std::optional<JetStream> streams_;
};

/// What comes where messages are pulled to.
struct Pulled {
  struct Message {
    std::string subject;
    std::string reply;
    std::string payload;
    Delivery delivery;
  };
  std::vector<Message> messages;
  std::vector<PullEnd> ends;
  int others = 0;

  Pulled(TestLink& link, const std::string& subject, const std::string& consumer) {
    static_cast<void>(link->subscribe(subject, "", [this, consumer](const Incoming& message) {
      if (const auto delivery = delivery_of(message, "notes", consumer)) {
        messages.push_back({std::string(message.subject()), std::string(message.reply()),
                            std::string(message.payload()), *delivery});
      } else if (const auto end = pull_end_of(message)) {
        ends.push_back(*end);
      } else {
        ++others;
      }
    }));
  }
};

}  // namespace kamexec::nats
