// SPDX-License-Identifier: GPL-2.0-or-later
// Daemons of a fleet on a NATS server in memory: one passes calls on, others run real programs.
#include "daemon/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/clients.h"
#include "daemon_parts.h"
#include "fleet/fake_link.h"

namespace kamexec::daemon {
namespace {

using fleet::test::FakeLink;
using fleet::test::FakeServer;
using process::Cause;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class NoRequests final : public Requests {
 public:
  void on_hello(Connection&) override {}
  void on_call(Connection&, const service::CallRequest&) override {}
  void on_refused(Connection&, std::string_view, std::string_view) override {}
  void on_cancel(Connection&, std::string_view) override {}
  void on_control(Connection&, const service::ControlRequest&) override {}
  void on_closed(Connection&, std::string_view) override {}
};

/// What of a daemon has to do with the fleet, in the order of Daemon's members.
class Member {
 public:
  Member(FakeServer& server, const std::string& zone) {
    fleet_.emplace("1.2.3", [this, &server](const nats::LinkOptions& options) {
      named_ = options.name;
      auto made = server.connect();
      link = made.get();
      return Result<std::unique_ptr<nats::Link>>(std::move(made));
    });
    EXPECT_TRUE(calls_->open(clients_, *stored_));
    calls_->set_fleet([this] { return fleet_->make_runner(); });
    NatsSettings settings;
    settings.link.servers = {"nats://h:4222"};
    settings.zone = zone;
    const Result<void> opened = fleet_->open(loop_, *calls_, settings);
    EXPECT_TRUE(opened) << opened.error().message;
  }
  ~Member() {
    calls_->stop_until(after(Clock::now(), std::chrono::seconds(10)));
    fleet_->close();
    stored_.reset();
    calls_.reset();
    fleet_.reset();
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  void serve(const std::vector<std::string>& definitions, std::optional<bool> offer = {}) {
    served = served_of(definitions, served);
    for (const auto& [name, one] : served) {
      const engine::Needs needs = engine::needs_of(&one->program);
      one->notice.name = name;
      one->notice.uri = needs.uri;
      one->notice.variables = needs.variables;
      one->notice.message = needs.message;
      one->notice.input = needs.input;
    }
    fleet_->serve(served, offer);
  }

  /// The names of what it offers.
  [[nodiscard]] std::vector<std::string> offers() const {
    std::vector<std::string> names;
    const std::optional<FleetStatus> status = fleet_->status();
    for (const auto& [name, figures] : status->offers) {
      names.push_back(name);
    }
    return names;
  }

  void turn() {
    ASSERT_TRUE(loop_.turn(after(Clock::now(), std::chrono::milliseconds(1))));
    calls_->step();
    fleet_->tick(Clock::now());
    fleet_->settle();
  }

  Fleet& fleet() { return *fleet_; }
  CallRunner& calls() { return *calls_; }
  [[nodiscard]] const std::string& named() const { return named_; }

  FakeLink* link = nullptr;
  ServedPrograms served;

 private:
  std::string named_;
  NoRequests requests_;
  EventLoop loop_{std::move(*EventLoop::create())};
  Clients clients_{loop_, requests_};
  std::optional<Fleet> fleet_;
  std::optional<CallRunner> calls_{std::in_place};
  std::optional<StoredCalls> stored_{std::in_place, calls_->executor()};
};

class FleetTest : public testing::Test {
 protected:
  template <typename Done>
  void work_until(Done done) {
    const TimePoint until = after(Clock::now(), std::chrono::seconds(30));
    while (!done() && Clock::now() < until) {
      for (Member* member : all_) {
        member->turn();
      }
    }
    EXPECT_TRUE(done());
  }
  process::RunResult call(Member& from, const std::string& program, const std::string& argument) {
    service::CallRequest request;
    const std::string_view arguments[] = {argument};
    request.id = "c1";
    request.call = "run";
    request.program = program;
    request.arguments = arguments;
    std::optional<process::RunResult> answer;
    static_cast<void>(
        from.calls().begin(from.served.at(program), request, true,
                           [&](const process::RunResult& result) { answer = result; }));
    work_until([&] { return answer.has_value(); });
    return answer.value_or(process::RunResult());
  }

  FakeServer server_;
  Member sip_{server_, "berlin"};
  Member worker_{server_, "berlin"};
  std::vector<Member*> all_{&sip_, &worker_};
};

constexpr const char* kSay = "name=say; run=/bin/sh -c 'echo \"said $1\"; exit 3' sh";

TEST_F(FleetTest, ACallRunsOnAnotherHost) {
  worker_.serve({kSay});
  sip_.serve({"name=say; via=nats"});
  const process::RunResult result = call(sip_, "say", "hello");
  EXPECT_EQ(result.outcome.cause, Cause::nonzero_exit) << result.outcome.detail;
  EXPECT_EQ(result.outcome.exit_status, 3);
  EXPECT_EQ(result.output, "said hello\n");
  const fleet::FleetFigures figures = sip_.fleet().figures_of("say");
  EXPECT_EQ(figures.calls, 1U);
  ASSERT_THAT(figures.workers, SizeIs(1));
  EXPECT_EQ(figures.workers[0].id, worker_.fleet().status()->id);
  const auto offers = worker_.fleet().status()->offers;
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(offers[0].second.calls, 1U);
}

TEST_F(FleetTest, WhoPassesCallsOnOffersNothingUnlessToldTo) {
  worker_.serve({kSay, "name=mine; run=true; offer=no"});
  EXPECT_THAT(worker_.offers(), testing::ElementsAre("say"));
  sip_.serve({"name=say; via=nats", "name=other; run=true"});
  EXPECT_THAT(sip_.offers(), IsEmpty());
  sip_.serve({"name=say; via=nats", "name=other; run=true; offer=yes"});
  EXPECT_THAT(sip_.offers(), testing::ElementsAre("other"));
  sip_.serve({"name=say; via=nats", "name=other; run=true", "name=more; run=true; offer=no"}, true);
  EXPECT_THAT(sip_.offers(), testing::ElementsAre("other"));
  worker_.serve({kSay}, false);
  EXPECT_THAT(worker_.offers(), IsEmpty());
}

TEST_F(FleetTest, ItsIdIsNewAtEachStart) {
  const std::string id = sip_.fleet().status()->id;
  EXPECT_THAT(id, SizeIs(22));
  EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c); }))
      << id;
  EXPECT_NE(id, worker_.fleet().status()->id);
  EXPECT_THAT(sip_.named(), testing::StartsWith("kamexecd "));
  EXPECT_EQ(sip_.fleet().status()->zone, "berlin");
}

TEST_F(FleetTest, TheFleetIsAsked) {
  worker_.serve({kSay});
  sip_.serve({"name=say; via=nats"});
  call(sip_, "say", "hello");
  std::vector<std::vector<std::string>> told;
  for (int i = 0; i < 2; ++i) {  // what comes is for both
    sip_.fleet().ask_all([&](std::vector<std::string> answers) { told.push_back(answers); });
  }
  work_until([&] { return told.size() == 2; });
  EXPECT_EQ(told[0], told[1]);
  const auto said = std::find_if(told[0].begin(), told[0].end(), [&](const std::string& text) {
    return text.find(worker_.fleet().status()->id) != text.npos;
  });
  ASSERT_NE(said, told[0].end());
  const auto json = nlohmann::json::parse(*said);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["metadata"]["zone"], "berlin");
  EXPECT_EQ(json["endpoints"][0]["name"], "say");
  EXPECT_EQ(json["endpoints"][0]["num_requests"], 1);
  EXPECT_EQ(json["endpoints"][0]["data"]["most"], 64);
}

TEST_F(FleetTest, WithoutAServerCallsFailAtOnce) {
  sip_.serve({"name=say; via=nats"});
  server_.down();
  EXPECT_EQ(call(sip_, "say", "hello").outcome.cause, Cause::not_started);
  work_until([&] { return !sip_.fleet().status()->link.connected; });
  EXPECT_EQ(sip_.fleet().figures_of("say").lost, 0U);
}

TEST_F(FleetTest, DrainsWhatHasCome) {
  worker_.serve({"name=slow; timeout=30s; run=/bin/sh -c 'sleep 0.2; echo done'"});
  sip_.serve({"name=slow; via=nats; timeout=30s"});
  service::CallRequest request;
  request.id = "c1";
  request.call = "run";
  request.program = "slow";
  std::optional<process::RunResult> answer;
  static_cast<void>(sip_.calls().begin(sip_.served.at("slow"), request, true,
                                       [&](const process::RunResult& result) { answer = result; }));
  work_until([&] { return worker_.calls().in_flight() == 1; });
  worker_.fleet().drain();
  EXPECT_FALSE(worker_.fleet().is_drained());
  worker_.serve({kSay});  // nothing is offered any more
  work_until([&] { return worker_.fleet().is_drained() && answer; });
  EXPECT_EQ(answer->output, "done\n");
  EXPECT_EQ(call(sip_, "slow", "").outcome.cause, Cause::not_started) << "nobody offers it";
}

TEST(Fleet, WithoutServersItIsNoMember) {
  Fleet fleet("1.2.3");
  EXPECT_FALSE(fleet.is_open());
  EXPECT_FALSE(fleet.status());
  EXPECT_TRUE(fleet.is_drained());
  fleet.serve({}, true);
  fleet.settle();
  fleet.tick(Clock::now());
  EXPECT_EQ(fleet.wake_at(), kNoDeadline);
  std::optional<std::vector<std::string>> told;
  fleet.ask_all([&](std::vector<std::string> answers) { told = std::move(answers); });
  EXPECT_THAT(*told, IsEmpty());
  const auto runner = fleet.make_runner();
  ASSERT_FALSE(runner);
  EXPECT_THAT(runner.error().message, HasSubstr("servers in [nats]"));
}

TEST(Fleet, WhatCantBeUsedIsAMistake) {
  Fleet fleet("1.2.3", [](const nats::LinkOptions&) -> Result<std::unique_ptr<nats::Link>> {
    return failure("no such file");
  });
  EventLoop loop = std::move(*EventLoop::create());
  CallRunner runner;
  const Result<void> opened = fleet.open(loop, runner, NatsSettings());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "[nats]: no such file");
  EXPECT_FALSE(fleet.is_open());
}

}  // namespace
}  // namespace kamexec::daemon
