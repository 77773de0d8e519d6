// SPDX-License-Identifier: GPL-2.0-or-later
// A daemon that offers two programs, somebody who calls them, and what is run noted.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fake_link.h"
#include "fleet/offers.h"

namespace kamexec::fleet::test {

/// Notes what comes, and answers when it is told to, or at once.
class NotingCalls final : public OfferedCalls {
 public:
  struct Came {
    OfferedCallId id = 0;
    std::string program;
    std::string argument;
    bool may_wait = false;
  };
  void on_call(OfferedCallId id, std::string_view program, const ReceivedCall& received,
               bool may_wait) override {
    const auto& arguments = received.request().arguments;
    came.push_back({id, std::string(program),
                    arguments.empty() ? std::string() : std::string(arguments.front()), may_wait});
    if (at_once) {
      at_once(id);
    }
  }
  void on_cancel(OfferedCallId id) override { cancelled.push_back(id); }

  std::vector<Came> came;
  std::vector<OfferedCallId> cancelled;
  std::function<void(OfferedCallId)> at_once;
};

inline process::RunResult said(const std::string& output) {
  process::RunResult result;
  result.outcome.cause = process::Cause::ok;
  result.outcome.exit_status = 0;
  result.output = output;
  return result;
}

inline std::string call_text(const std::string& id, const std::string& argument = "x") {
  return "request " + id + " run 0\narg " + argument + "\nend " + id + "\n";
}

class OffersTest : public testing::Test {
 protected:
  explicit OffersTest(std::size_t memory = std::size_t{64} << 20)
      : offers_(*link_, {.subjects = Subjects(), .name = {"Worker1", "east"}, .memory = memory},
                calls_) {
    offers_.offer({"route", "bill"});
    static_cast<void>(caller_->subscribe("in.>", "", [this](const nats::Incoming& message) {
      const std::string subject(message.subject());
      const std::string id = subject.substr(subject.rfind('.') + 1);
      answers_[subject] = read_answer(message, id, 1 << 20);
      payloads_[subject] = message.payload();
    }));
  }

  /// Published by the caller; its answer comes to in.ID.
  void call(const std::string& id, const std::string& program = "route",
            std::vector<nats::Header> headers = {}, const std::string& argument = "x") {
    send("kx.call." + program, "in." + id, call_text(id, argument), std::move(headers));
  }
  void send(const std::string& subject, const std::string& reply, const std::string& payload,
            std::vector<nats::Header> headers = {}) {
    EXPECT_TRUE(caller_->publish(
        {.subject = subject, .reply = reply, .headers = headers, .payload = payload}));
    server_.settle();
  }
  void answer(OfferedCallId id, const process::RunResult& result, bool elsewhere = false) {
    offers_.answer(id, result, elsewhere);
    server_.settle();
  }
  OfferFigures figures(const std::string& program = "route") {
    for (auto& [name, figures] : offers_.figures()) {
      if (name == program) {
        return figures;
      }
    }
    ADD_FAILURE() << program << " isn't offered";
    return {};
  }

  FakeServer server_;
  std::unique_ptr<FakeLink> link_ = server_.connect();
  std::unique_ptr<FakeLink> caller_ = server_.connect();
  NotingCalls calls_;
  Offers offers_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::string> payloads_;
};

}  // namespace kamexec::fleet::test
