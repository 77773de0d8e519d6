// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kamexec::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Measured example() {
  Measured measured;
  measured.title = "echo \x1b[31m \xff";
  measured.rounds = 9;
  measured.calls = 4;
  measured.subjects = {{"kamexec", "ours", 800, 790, 810},
                       {"popen", "theirs", 1600, 1500, 1700},
                       {"bare", "nothing more", 780, 770, 790}};
  measured.notes = {"a note"};
  return measured;
}

TEST(BenchReport, TellsPeopleHowOursStands) {
  const std::string text = bench_text(example(), false);
  EXPECT_THAT(text, HasSubstr("9 rounds of 4 calls"));
  EXPECT_THAT(text, HasSubstr("kamexec is 2.00 times as fast"));
  EXPECT_THAT(text, HasSubstr("kamexec +2.6 %"));
  EXPECT_THAT(text, HasSubstr("1250"));  // calls a second
  EXPECT_THAT(text, HasSubstr("note: a note"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(BenchReport, ColoursWhereItMay) {
  EXPECT_THAT(bench_text(example(), true), HasSubstr("\x1b["));
}

TEST(BenchReport, IsJsonWhateverTheCommandHolds) {
  const auto json = nlohmann::json::parse(bench_json(example()));
  EXPECT_EQ(json["rounds"], 9);
  EXPECT_EQ(json["subjects"][1]["name"], "popen");
  EXPECT_DOUBLE_EQ(json["subjects"][1]["ours_to_this"], 0.5);
  EXPECT_DOUBLE_EQ(json["subjects"][0]["calls_per_second"], 1250);
  EXPECT_EQ(nlohmann::json::parse(bench_json_error({"of no use", 0}))["error"], "of no use");
}

}  // namespace
}  // namespace kamexec::tool
