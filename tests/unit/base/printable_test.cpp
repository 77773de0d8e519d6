// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace kamexec {
namespace {

using namespace std::string_view_literals;

TEST(Printable, EscapesWhatALogCannotShow) {
  EXPECT_EQ(printable("", 10), "");
  EXPECT_EQ(printable("sip:a@b c~", 10), "sip:a@b c~");
  EXPECT_EQ(printable("a\\b\x1b[2J\0\xc3\xa9\n\x7f"sv, 80),
            "a\\\\b\\x1b[2J\\x00\\xc3\\xa9\\x0a\\x7f");
}

TEST(Printable, CutWithDots) {
  EXPECT_EQ(printable("0123456789", 10), "0123456789");
  EXPECT_EQ(printable("0123456789x", 10), "0123456...");
  EXPECT_EQ(printable("01234567\x01", 12), "01234567\\x01");
  EXPECT_EQ(printable("012345678\x01", 12), "012345678...");  // no half of an escape
  EXPECT_EQ(printable("0123456\x01\x02", 12), "0123456...");
  EXPECT_EQ(printable("abcd", 3), "...");
  EXPECT_EQ(printable(std::string(1'000'000, '\x01'), 80).size(), 79u);
}

}  // namespace
}  // namespace kamexec
