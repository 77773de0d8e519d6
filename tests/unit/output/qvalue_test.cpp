// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/qvalue.h"

#include <gtest/gtest.h>

namespace kamexec {
namespace {

TEST(Qvalue, Thousandths) {
  const struct {
    std::string_view text;
    int value;
  } cases[] = {{"0", 0},       {"0.", 0},    {"0.0", 0},   {"0.000", 0},  {"0.001", 1},
               {"0.01", 10},   {"0.1", 100}, {"0.7", 700}, {"0.33", 330}, {"0.123", 123},
               {"0.999", 999}, {"1", 1000},  {"1.", 1000}, {"1.0", 1000}, {"1.000", 1000}};
  for (const auto& c : cases) {
    EXPECT_EQ(parse_qvalue(c.text), c.value) << c.text;
  }
}

TEST(Qvalue, NothingElse) {
  for (const std::string_view text :
       {"",       ".",      ".7",  "1.001", "1.1", "2",   "00", "01",
        "0.0000", "1.0000", "-0",  "+1",    "0,5", "0.x", "0 ", " 0",
        "0.5 ",   "0x1",    "1e0", "inf",   "nan", "0..", "10", "99999999999999999999"}) {
    EXPECT_EQ(parse_qvalue(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kamexec
