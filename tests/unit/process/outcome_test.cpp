// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/outcome.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/allocations.h"

namespace kamexec::process {
namespace {

TEST(Outcome, CodesAreWhatScriptsSee) {
  EXPECT_EQ(code(Cause::ok), 1);
  EXPECT_EQ(code(Cause::nonzero_exit), -1);
  EXPECT_EQ(code(Cause::deadline), -2);
  EXPECT_EQ(code(Cause::not_started), -3);
  EXPECT_EQ(code(Cause::refused), -4);
  EXPECT_EQ(code(Cause::unusable), -5);
}

TEST(Outcome, Words) {
  EXPECT_EQ(word(Cause::ok), "ok");
  EXPECT_EQ(word(Cause::nonzero_exit), "no");
  EXPECT_EQ(word(Cause::deadline), "deadline");
  EXPECT_EQ(word(Cause::not_started), "not-started");
  EXPECT_EQ(word(Cause::refused), "refused");
  EXPECT_EQ(word(Cause::unusable), "unusable");
}

TEST(Outcome, OfWhatNeverRan) {
  const Outcome failed = Outcome::not_started(Error{"can't run it", ENOENT});
  EXPECT_EQ(failed.cause, Cause::not_started);
  EXPECT_EQ(failed.system_errno, ENOENT);
  EXPECT_EQ(failed.detail, "can't run it");
  EXPECT_EQ(Outcome::refused("full").cause, Cause::refused);
  EXPECT_EQ(Outcome::cancelled().cause, Cause::deadline);
  EXPECT_EQ(Outcome::cancelled().detail, "cancelled");
  EXPECT_EQ(Outcome::host_stops().cause, Cause::deadline);
  EXPECT_EQ(Outcome::short_of_memory(Cause::unusable).cause, Cause::unusable);
  EXPECT_EQ(Outcome::short_of_memory(Cause::unusable).exit_status, -1);
}

TEST(Outcome, TellsWhatMayRunElsewhere) {
  EXPECT_TRUE(may_run_elsewhere(Outcome::no_room("the queue is full")));
  EXPECT_EQ(Outcome::no_room("the queue is full").cause, Cause::refused);
  EXPECT_EQ(Outcome::no_room("the queue is full").system_errno, EAGAIN);
  EXPECT_TRUE(may_run_elsewhere(Outcome::short_of_memory(Cause::refused)));
  EXPECT_TRUE(may_run_elsewhere(Outcome::refused("its user may not use it here")));
  EXPECT_TRUE(may_run_elsewhere(Outcome::not_started(Error{"no such program", ENOENT})));
  EXPECT_TRUE(may_run_elsewhere(Outcome::not_started(Error{"fork", EAGAIN})));

  EXPECT_FALSE(may_run_elsewhere(Outcome::refused("a NUL in an argument", EINVAL)));
  EXPECT_FALSE(may_run_elsewhere(Outcome::refused("too long", EMSGSIZE)));
  EXPECT_FALSE(may_run_elsewhere(Outcome::refused(Error{"exec", E2BIG})));
  EXPECT_FALSE(may_run_elsewhere(Outcome::not_started(Error{"exec", E2BIG})));
  EXPECT_FALSE(may_run_elsewhere(Outcome::deadline_passed("in the queue")));
  EXPECT_FALSE(may_run_elsewhere(Outcome::unusable("it ended")));
  EXPECT_FALSE(may_run_elsewhere(Outcome::short_of_memory(Cause::unusable)));
  Outcome ran;
  ran.cause = Cause::nonzero_exit;
  EXPECT_FALSE(may_run_elsewhere(ran));
  ran.cause = Cause::ok;
  EXPECT_FALSE(may_run_elsewhere(ran));
}

TEST(Outcome, OfAShortageNeedsNoMemory) {
  const std::size_t before = test::allocations().ever;
  const Outcome outcome = Outcome::short_of_memory(Cause::refused);
  EXPECT_EQ(test::allocations().ever, before);
  EXPECT_EQ(outcome.detail, "out of memory");
}

}  // namespace
}  // namespace kamexec::process
