// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/outcome.h"

#include <gtest/gtest.h>

namespace kamexec {
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

}  // namespace
}  // namespace kamexec
