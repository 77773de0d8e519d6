// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/own_values.h"

#include <gtest/gtest.h>

namespace kamexec {
namespace {

TEST(OwnValues, AreNumbersAndAddresses) {
  for (const char* own : {"$si", "$sp", "$(Rp)", "$TS", "$proto"}) {
    EXPECT_TRUE(is_own_value(own)) << own;
  }
}

TEST(OwnValues, ACallersAreNot) {
  for (const char* other : {"$ru", "$rU", "$hdr(si)", "$var(si)", "$(si{s.rm,1})", "$six", "$s", "",
                            "$(", "$()", "si", "$rm", "$fu"}) {
    EXPECT_FALSE(is_own_value(other)) << other;
  }
}

}  // namespace
}  // namespace kamexec
