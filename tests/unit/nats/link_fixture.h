// SPDX-License-Identifier: GPL-2.0-or-later
// Links that a test drives, and what they have got.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nats/libnats_link.h"
#include "nats_server.h"

#define SKIP_WITHOUT_NATS_SERVER()                                             \
  if (!NatsServer::is_installed()) {                                           \
    GTEST_SKIP() << "nats-server isn't installed (scripts/setup engine-test)"; \
  }

namespace kamexec::nats {

/// Long enough for a busy machine: what is waited for comes in milliseconds.
inline constexpr std::chrono::seconds kPatience{60};

/// How a request ended.
struct Ended {
  bool answered = false;
  std::string payload;
  std::optional<Failure> failure;
  std::string detail;
};

class TestLink {
 public:
  explicit TestLink(LinkOptions options) {
    Result<std::unique_ptr<Link>> made = make_libnats_link(std::move(options));
    if (!made) {
      error_ = made.error().message;
      return;
    }
    link_ = std::move(*made);
  }
  explicit TestLink(const std::string& url) : TestLink(options_for({url})) {}

  [[nodiscard]] static LinkOptions options_for(std::vector<std::string> urls) {
    LinkOptions options;
    options.servers = std::move(urls);
    options.name = "a test";
    return options;
  }

  Link* operator->() { return link_.get(); }
  Link& operator*() { return *link_; }
  [[nodiscard]] const std::string& error() const { return error_; }

  /// A turn of its loop, which waits for @p most milliseconds.
  void turn(int most = 20) {
    link_->settle();
    pollfd ready{link_->fd(), POLLIN, 0};
    if (::poll(&ready, 1, most) > 0) {
      link_->step();
    }
    link_->settle();
  }

  /// Turns its loop until @p is_so; false: it never was.
  template <typename Condition>
  [[nodiscard]] bool until(Condition is_so) {
    return until(is_so, *this);
  }
  /// Turns the loops of @p others too.
  template <typename Condition, typename... Others>
  [[nodiscard]] bool until(Condition is_so, Others&... others) {
    const TimePoint deadline = Clock::now() + kPatience;
    while (!is_so()) {
      if (Clock::now() > deadline) {
        return false;
      }
      turn(sizeof...(others) > 0 ? 1 : 20);
      (others.turn(1), ...);
    }
    return true;
  }
  [[nodiscard]] bool connects() {
    return until([&] { return link_->state().connected; });
  }

  /// Its end is to be looked for in the result, which must live on.
  std::shared_ptr<Ended> request(const Outgoing& message,
                                 std::chrono::milliseconds time = std::chrono::seconds(30)) {
    auto ended = std::make_shared<Ended>();
    const auto asked = link_->request(
        message, Clock::now() + time,
        [ended](const Incoming& answer) {
          ended->answered = true;
          ended->payload = answer.payload();
        },
        [ended](const Trouble& trouble) {
          ended->failure = trouble.failure;
          ended->detail = trouble.detail;
        });
    if (!asked) {
      ended->failure = asked.error();
      ended->detail = "at once";
    }
    return ended;
  }
  [[nodiscard]] static bool is_over(const Ended& ended) {
    return ended.answered || ended.failure.has_value();
  }

  /// Answers what is sent to @p subject with its payload.
  SubscriptionId echo(const std::string& subject, const std::string& queue = "") {
    return link_->subscribe(subject, queue, [this](const Incoming& message) {
      ++echoed_;
      static_cast<void>(link_->publish(Outgoing{
          .subject = message.reply(), .payload = message.payload(), .over = message.over()}));
    });
  }
  [[nodiscard]] int echoed() const { return echoed_; }

  /// Waits until what it has subscribed to is known to its server.
  [[nodiscard]] bool is_known() {
    bool came = false;
    const std::string subject = "known." + std::to_string(++probes_) + "." +
                                std::to_string(reinterpret_cast<std::uintptr_t>(this));
    const SubscriptionId id = link_->subscribe(subject, "", [&](const Incoming&) { came = true; });
    static_cast<void>(link_->publish(Outgoing{.subject = subject}));
    const bool known = until([&] { return came; });
    link_->unsubscribe(id, [] {});
    return known;
  }

  void end() { link_.reset(); }

 private:
  std::unique_ptr<Link> link_;
  std::string error_;
  int echoed_ = 0;
  int probes_ = 0;
};

}  // namespace kamexec::nats
