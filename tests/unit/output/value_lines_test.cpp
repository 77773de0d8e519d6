// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kamexec::output {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using namespace std::string_view_literals;

// "number:text", with "!" at the end of one that was cut.
std::vector<std::string> lines(std::string_view output) {
  std::vector<std::string> all;
  for (const ValueLine& line : value_lines(output)) {
    EXPECT_GE(line.text.data(), output.data());
    EXPECT_LE(line.text.data() + line.text.size(), output.data() + output.size());
    all.push_back(std::to_string(line.number) + ":" + std::string(line.text) +
                  (line.cut ? "!" : ""));
  }
  return all;
}

TEST(ValueLines, NonEmptyLinesWithTheirNumbers) {
  EXPECT_THAT(lines(""), IsEmpty());
  EXPECT_THAT(lines("\n"), IsEmpty());
  EXPECT_THAT(lines("\n\r\n \t\n"), IsEmpty());
  EXPECT_THAT(lines("a"), ElementsAre("1:a"));
  EXPECT_THAT(lines("a\n"), ElementsAre("1:a"));
  EXPECT_THAT(lines("a\nb"), ElementsAre("1:a", "2:b"));
  EXPECT_THAT(lines("\n\na\n\nb\n\n"), ElementsAre("3:a", "5:b"));
}

TEST(ValueLines, TrimmedAtTheRightOnly) {
  EXPECT_THAT(lines(" a b \t\r\n\tb\r\r\nc\rd\n"), ElementsAre("1: a b", "2:\tb", "3:c\rd"));
}

TEST(ValueLines, CutAtNul) {
  EXPECT_THAT(lines("a\0b\nc\n"sv), ElementsAre("1:a!", "2:c"));
  EXPECT_THAT(lines("a \t\0b"sv), ElementsAre("1:a!"));
  EXPECT_THAT(lines("a\0"sv), ElementsAre("1:a!"));
  EXPECT_THAT(lines("\0b\n\0\n \0 \nc"sv), ElementsAre("4:c"));
}

TEST(ValueLines, AnyOtherByteIsText) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '\n') {
      all += static_cast<char>(byte);
    }
  }
  EXPECT_THAT(lines(all), ElementsAre("1:" + all));
}

TEST(ValueLines, LinesOfAnyLength) {
  const std::string big(3'000'000, 'x');
  EXPECT_THAT(lines(big + "\ny"), ElementsAre("1:" + big, "2:y"));
}

TEST(ValueLines, NoMoreThanAskedFor) {
  EXPECT_EQ(value_lines("a\n\nb\nc\n", 2).size(), 2u);
  EXPECT_EQ(value_lines("a\n\nb\nc\n", 2).back().number, 3u);
  EXPECT_EQ(value_lines("a\n\nb\nc\n", 3).size(), 3u);
  EXPECT_EQ(value_lines("a\n\nb\nc\n", 4).size(), 3u);
  EXPECT_EQ(value_lines("a", 0).size(), 0u);
}

}  // namespace
}  // namespace kamexec::output
