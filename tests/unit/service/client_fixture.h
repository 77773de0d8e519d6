// SPDX-License-Identifier: GPL-2.0-or-later
// A client and the daemon that a test plays to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fake_daemon.h"
#include "service/client.h"

namespace kamexec::service {

using std::chrono::milliseconds;

/// The machine may be busy: what should take no time gets this.
inline constexpr milliseconds kGenerous{20'000};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() { make_client(); }
  /// What the daemon plays uses this.
  void TearDown() override {
    end_client();
    daemon_.join();
  }

  void make_client(ClientOptions options = {}) {
    options.socket = daemon_.path();
    auto made = Client::create(std::move(options));
    ASSERT_TRUE(made) << made.error().message;
    client_ = std::move(*made);
  }
  void end_client() { client_.reset(); }
  [[nodiscard]] Client& client() { return *client_; }
  [[nodiscard]] FakeDaemon& daemon() { return daemon_; }

  /// A call of "lcr" with one argument.
  [[nodiscard]] CallRequest request(std::string_view argument = "4930") {
    argument_ = argument;
    CallRequest made;
    made.call = "run";
    made.program = "lcr";
    made.arguments = {&argument_, 1};
    return made;
  }
  [[nodiscard]] static CallLimit within(milliseconds time) {
    return {after(Clock::now(), time), false};
  }

  process::RunResult run(milliseconds time = kGenerous) {
    process::RunResult result;
    client().run(request(), within(time), result);
    return result;
  }

  /// Submits; the result is kept by the job's number. 0: refused, and why is in refusal_.
  Client::JobId submit(std::string_view argument = "4930", milliseconds time = kGenerous) {
    return submit(request(argument), within(time));
  }
  Client::JobId submit(const CallRequest& asked, const CallLimit& limit) {
    auto id =
        client().submit(asked, limit, [this](Client::JobId number, process::RunResult result) {
          EXPECT_TRUE(results_.emplace(number, std::move(result)).second) << "told twice";
        });
    if (id) {
      return *id;
    }
    refusal_ = id.error();
    return 0;
  }
  /// Steps until the condition holds.
  template <typename Condition>
  [[nodiscard]] bool step_until(Condition condition) {
    const TimePoint until = after(Clock::now(), kGenerous);
    while (!condition() && Clock::now() < until) {
      client().step(after(Clock::now(), milliseconds(20)));
    }
    return condition();
  }
  [[nodiscard]] process::RunResult result_of(Client::JobId id) {
    EXPECT_TRUE(step_until([&] { return results_.contains(id); }));
    return results_[id];
  }

  std::map<Client::JobId, process::RunResult> results_;
  process::Outcome refusal_;

 private:
  FakeDaemon daemon_;
  std::unique_ptr<Client> client_;
  std::string_view argument_;
};

}  // namespace kamexec::service
