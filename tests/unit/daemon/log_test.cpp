// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace kamexec::daemon {
namespace {

TEST(Log, SaysOfWhatWasThrownWhatItIs) {
  EXPECT_EQ(thrown_in_words(std::bad_alloc()), "out of memory");
  EXPECT_EQ(thrown_in_words(std::logic_error("no such verb")), "no such verb");
}

}  // namespace
}  // namespace kamexec::daemon
