// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;

TEST(Units, Times) {
  EXPECT_EQ(read_time("200ms"), milliseconds(200));
  EXPECT_EQ(read_time("2s"), milliseconds(2000));
  EXPECT_EQ(read_time("5m"), milliseconds(300'000));
  EXPECT_EQ(read_time("1h"), milliseconds(3'600'000));
  EXPECT_EQ(read_time("0ms"), milliseconds(0));
  EXPECT_EQ(read_time("9223372036854775807ms"), milliseconds::max());
  for (const char* text : {"", "2", "s", "2 s", " 2s", "2s ", "2S", "2sec", "-2s", "+2s", "0x2s",
                           "1.5s", "1s500ms", "9223372036854775808ms", "2562047788015216h"}) {
    EXPECT_FALSE(read_time(text)) << text;
  }
}

TEST(Units, Sizes) {
  EXPECT_EQ(read_size("4096"), 4096U);
  EXPECT_EQ(read_size("64k"), 65536U);
  EXPECT_EQ(read_size("64K"), 65536U);
  EXPECT_EQ(read_size("1M"), 1U << 20);
  EXPECT_EQ(read_size("1m"), 1U << 20);
  EXPECT_EQ(read_size("2g"), std::uint64_t{2} << 30);
  EXPECT_EQ(read_size("18446744073709551615"), ~std::uint64_t{0});
  for (const char* text :
       {"", "k", "1kb", "1 k", "-1", "1.5k", "18446744073709551616", "17179869184G", "1T"}) {
    EXPECT_FALSE(read_size(text)) << text;
  }
}

TEST(Units, Counts) {
  EXPECT_EQ(read_count("0"), 0U);
  EXPECT_EQ(read_count("007"), 7U);
  for (const char* text : {"", "-1", "+1", "1k", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(read_count(text)) << text;
  }
}

TEST(Units, Integers) {
  EXPECT_EQ(read_integer("19"), 19);
  EXPECT_EQ(read_integer("-20"), -20);
  EXPECT_EQ(read_integer("-0"), 0);
  EXPECT_EQ(read_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "--1", "+1", "- 1", "1 ", "1k", "9223372036854775808"}) {
    EXPECT_FALSE(read_integer(text)) << text;
  }
}

TEST(Units, TextsReadBackAndAreShort) {
  for (const std::int64_t time : {0, 1, 999, 1000, 1001, 60'000, 90'000, 3'600'000, 86'400'000}) {
    EXPECT_EQ(read_time(time_text(milliseconds(time))), milliseconds(time));
  }
  for (const std::uint64_t size : {0ULL, 1ULL, 1000ULL, 1024ULL, 1ULL << 20, 3ULL << 30, ~0ULL}) {
    EXPECT_EQ(read_size(size_text(size)), size);
  }
  EXPECT_EQ(time_text(milliseconds(90'000)), "90s");
  EXPECT_EQ(time_text(milliseconds(3'600'000)), "1h");
  EXPECT_EQ(size_text(65536), "64k");
}

}  // namespace
}  // namespace kamexec::program
