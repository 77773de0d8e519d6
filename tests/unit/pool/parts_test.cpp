// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a pool that know no worker: back-off, breaker, the copied request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "pool/back_off.h"
#include "pool/breaker.h"
#include "pool/worker_request.h"

namespace kamexec::pool {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TimePoint at(int ms) {
  return TimePoint{} + std::chrono::hours(1) + milliseconds(ms);
}

TEST(BackOff, LetsTheFirstFailureGo) {
  BackOff back_off(milliseconds(100), milliseconds(1000));
  EXPECT_TRUE(back_off.may_start(at(0)));
  back_off.failed(at(0));
  EXPECT_TRUE(back_off.may_start(at(0)));
}

TEST(BackOff, DoublesUpToItsLimit) {
  BackOff back_off(milliseconds(100), milliseconds(1000));
  back_off.failed(at(0));
  int now = 0;
  for (const int pause : {100, 200, 400, 800, 1000, 1000}) {
    back_off.failed(at(now));
    EXPECT_FALSE(back_off.may_start(at(now + pause - 1)));
    EXPECT_TRUE(back_off.may_start(at(now + pause)));
    now += pause;
  }
}

TEST(BackOff, TakesManyFailuresAtATimeForOne) {
  BackOff back_off(milliseconds(100), milliseconds(1000));
  for (int i = 0; i < 64; ++i) {
    back_off.failed(at(0));
  }
  EXPECT_TRUE(back_off.may_start(at(100)));
}

TEST(BackOff, ForgetsAfterASuccess) {
  BackOff back_off(milliseconds(100), milliseconds(1000));
  for (int i = 0; i < 5; ++i) {
    back_off.failed(at(1000 * i));
  }
  EXPECT_FALSE(back_off.may_start(at(4001)));
  back_off.succeeded();
  EXPECT_TRUE(back_off.may_start(at(4001)));
  back_off.failed(at(4002));
  EXPECT_TRUE(back_off.may_start(at(4002)));
}

using Pass = Breaker::Pass;

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker(3, milliseconds(100));
  EXPECT_FALSE(breaker.failed(Pass::yes, at(0)));
  EXPECT_FALSE(breaker.failed(Pass::yes, at(0)));
  breaker.succeeded();
  EXPECT_FALSE(breaker.failed(Pass::yes, at(0)));
  EXPECT_FALSE(breaker.failed(Pass::yes, at(0)));
  EXPECT_EQ(breaker.admit(at(0)), Pass::yes);
  EXPECT_TRUE(breaker.failed(Pass::yes, at(0)));
  EXPECT_EQ(breaker.admit(at(99)), Pass::no);
}

TEST(Breaker, LetsOneTrialThrough) {
  Breaker breaker(1, milliseconds(100));
  breaker.failed(Pass::yes, at(0));
  EXPECT_EQ(breaker.admit(at(100)), Pass::trial);
  EXPECT_EQ(breaker.admit(at(100)), Pass::no);
  breaker.succeeded();
  EXPECT_EQ(breaker.admit(at(101)), Pass::yes);
}

TEST(Breaker, OpensAgainWhenTheTrialFails) {
  Breaker breaker(3, milliseconds(100));
  for (int i = 0; i < 3; ++i) {
    breaker.failed(Pass::yes, at(0));
  }
  EXPECT_EQ(breaker.admit(at(150)), Pass::trial);
  EXPECT_TRUE(breaker.failed(Pass::trial, at(160)));
  EXPECT_EQ(breaker.admit(at(259)), Pass::no);
  EXPECT_EQ(breaker.admit(at(260)), Pass::trial);
}

TEST(Breaker, GivesTheTrialToAnotherWhenItNeverReachedAWorker) {
  Breaker breaker(1, milliseconds(100));
  breaker.failed(Pass::yes, at(0));
  EXPECT_EQ(breaker.admit(at(100)), Pass::trial);
  breaker.abandoned(Pass::trial);
  EXPECT_EQ(breaker.admit(at(101)), Pass::trial);
}

TEST(Breaker, IsNotKeptOpenByCallsFromBefore) {
  Breaker breaker(1, milliseconds(100));
  breaker.failed(Pass::yes, at(0));
  EXPECT_FALSE(breaker.failed(Pass::yes, at(90)));
  EXPECT_EQ(breaker.admit(at(100)), Pass::trial);
}

TEST(Breaker, NeverOpensWhenToldSo) {
  Breaker breaker(0, milliseconds(100));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(breaker.failed(Pass::yes, at(0)));
  }
  EXPECT_EQ(breaker.admit(at(0)), Pass::yes);
}

TEST(WorkerRequestCopy, OutlivesWhatItWasMadeOf) {
  std::optional<WorkerRequestCopy> copy;
  {
    const std::string call = "dset";
    const std::string first = "first";
    const std::string message("m\0m", 3);
    const std::vector<std::string_view> arguments{first, ""};
    std::string variable = "A=b";
    std::string empty;
    std::vector<char*> environment{variable.data(), empty.data(), nullptr};
    WorkerRequest request;
    request.call = call;
    request.arguments = arguments;
    request.uri = first;
    request.environment = environment.data();
    request.message = message;
    WorkerRequestCopy made(request, {true, true, true});
    copy.emplace(std::move(made));
    variable = "X=y";
  }
  const WorkerRequest request = copy->view();
  EXPECT_EQ(request.call, "dset");
  EXPECT_THAT(request.arguments, ElementsAre("first", ""));
  EXPECT_EQ(request.uri, "first");
  EXPECT_STREQ(request.environment[0], "A=b");
  EXPECT_STREQ(request.environment[1], "");
  EXPECT_EQ(request.environment[2], nullptr);
  EXPECT_EQ(request.message, std::string_view("m\0m", 3));
}

TEST(WorkerRequestCopy, CopiesNoMoreThanIsWanted) {
  std::string variable = "A=b";
  std::vector<char*> environment{variable.data(), nullptr};
  WorkerRequest request;
  request.call = "cmd";
  request.uri = "sip:a@b";
  request.environment = environment.data();
  request.message = "m";
  const WorkerRequestCopy copy(request, {});
  EXPECT_EQ(copy.view().call, "cmd");
  EXPECT_TRUE(copy.view().arguments.empty());
  EXPECT_EQ(copy.view().uri, "");
  EXPECT_EQ(copy.view().environment, nullptr);
  EXPECT_EQ(copy.view().message, "");
}

}  // namespace
}  // namespace kamexec::pool
