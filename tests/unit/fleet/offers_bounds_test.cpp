// SPDX-License-Identifier: GPL-2.0-or-later
// Bounds of what is offered: memory, what is offered no more, draining, the end.
#include "fleet/offers.h"
#include "offers_fixture.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::fleet::test {
namespace {

using process::Cause;
using testing::IsEmpty;
using testing::SizeIs;

class FewBytes : public OffersTest {
 protected:
  FewBytes() : OffersTest(5'000) {}
};

TEST_F(FewBytes, AreHeldOfAllCallsTogether) {
  for (int i = 0; i < 10; ++i) {
    call("a" + std::to_string(i));
  }
  EXPECT_LT(calls_.came.size(), 5U);
  EXPECT_GT(calls_.came.size(), 0U);
  EXPECT_EQ(answers_["in.a9"].result.outcome.cause, Cause::refused);
  EXPECT_TRUE(answers_["in.a9"].elsewhere);
  const std::size_t held = calls_.came.size();
  for (std::size_t i = 0; i < held; ++i) {
    answer(calls_.came[i].id, said(""));
  }
  call("b1");
  EXPECT_THAT(calls_.came, SizeIs(held + 1)) << "given back";
  call("b2", "bill", {}, std::string(10'000, 'x'));
  EXPECT_TRUE(answers_["in.b2"].elsewhere);
}

TEST_F(OffersTest, OffersWhatItIsTold) {
  offers_.offer({"bill", "new"});
  server_.settle();
  call("a1", "route");
  EXPECT_THAT(calls_.came, IsEmpty());
  EXPECT_THAT(answers_, IsEmpty()) << "nobody serves it";
  call("a2", "new");
  call("a3", "bill");
  EXPECT_THAT(calls_.came, SizeIs(2));
  EXPECT_THAT(offers_.figures(), SizeIs(2));
}

TEST_F(OffersTest, WhatHasComeOfOneThatIsNotOfferedAnyMoreIsAnswered) {
  call("a1");
  offers_.offer({"bill"});
  offers_.offer({"route", "bill"});
  offers_.offer({"bill"});
  server_.settle();
  answer(calls_.came.at(0).id, said("1\n"));
  EXPECT_EQ(answers_["in.a1"].result.output, "1\n");
}

TEST_F(OffersTest, DrainsWithoutLosingWhatWasSent) {
  call("a1");
  link_->frozen = true;
  call("a2");  // on its way
  offers_.drain();
  EXPECT_FALSE(offers_.is_drained());
  call("a3");  // after the server knows
  link_->frozen = false;
  server_.settle();
  ASSERT_THAT(calls_.came, SizeIs(2));
  EXPECT_FALSE(offers_.is_drained()) << "two are under way";
  answer(calls_.came[0].id, said("1\n"));
  answer(calls_.came[1].id, said("2\n"));
  EXPECT_TRUE(offers_.is_drained());
  EXPECT_EQ(answers_["in.a2"].result.output, "2\n");
  EXPECT_FALSE(answers_.contains("in.a3"));
  offers_.offer({"route"});
  call("a4");
  EXPECT_THAT(calls_.came, SizeIs(2)) << "it offers nothing any more";
}

TEST_F(OffersTest, DrainsWithoutAConnection) {
  server_.down();
  offers_.drain();
  server_.settle();
  EXPECT_TRUE(offers_.is_drained());
}

TEST(OffersEnd, WhatComesAfterItFindsNobody) {
  FakeServer server;
  const auto link = server.connect();
  NotingCalls calls;
  auto offers = std::make_unique<Offers>(
      *link, OffersOptions{.subjects = Subjects(), .name = {"W", ""}}, calls);
  offers->offer({"route"});
  const auto caller = server.connect();
  ASSERT_TRUE(
      caller->publish({.subject = "kx.call.route", .reply = "in.a1", .payload = "request"}));
  offers.reset();
  server.settle();
  EXPECT_THAT(calls.came, IsEmpty());
}

TEST_F(OffersTest, AnyShortageOfMemoryLosesOneMessageAtMost) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "AddressSanitizer allocates by itself";
#endif
  calls_.at_once = [this](OfferedCallId id) { offers_.answer(id, said("yes\n"), false); };
  std::size_t shortages = 0;
  for (std::size_t good = 0; good < 1'000; ++good) {
    std::size_t failed = 0;
    link_->around_handlers = [&](bool before) {
      if (before) {
        kamexec::test::fail_allocations(good, 1);
      } else {
        failed += kamexec::test::stop_failing();
      }
    };
    call("a1", "route", {}, "an argument that is longer than what a string keeps in itself");
    EXPECT_EQ(offers_.under_way(), 0U) << good;
    EXPECT_EQ(figures().under_way, 0U) << good;
    if (failed == 0) {
      break;
    }
    ++shortages;
  }
  link_->around_handlers = [](bool) {};
  EXPECT_GT(shortages, 5U);
  answers_.clear();
  call("a2");
  EXPECT_EQ(answers_["in.a2"].result.output, "yes\n");
  offers_.drain();
  server_.settle();
  EXPECT_TRUE(offers_.is_drained());
}

}  // namespace
}  // namespace kamexec::fleet::test
