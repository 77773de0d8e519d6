// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/line_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kamexec::pool {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMost = 8;

/// What is told of @p bytes, given in pieces of @p size: a line that is cut ends in "...".
std::vector<std::string> lines_of(LineReader& reader, std::string_view bytes, std::size_t size) {
  std::vector<std::string> told;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    std::string_view piece = bytes.substr(0, size);
    while (!piece.empty()) {
      if (const auto line = reader.next(piece, kMost)) {
        told.push_back(std::string(line->text) + (line->cut ? "..." : ""));
      }
    }
  }
  return told;
}

TEST(LineReader, TellsTheSameInPiecesOfAnySize) {
  const std::string bytes = "one\n\n12345678\n123456789\nx\0y\r\n a\nlast one is long\n\nlast\n"s;
  const std::vector<std::string> expected{
      "one", "", "12345678", "12345678...", "x\0y\r"s, " a", "last one...", "", "last"};
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    LineReader reader;
    EXPECT_EQ(lines_of(reader, bytes, size), expected) << "pieces of " << size;
    EXPECT_FALSE(reader.in_line());
  }
}

TEST(LineReader, KnowsWhetherALineHasBegun) {
  LineReader reader;
  EXPECT_TRUE(lines_of(reader, "12345678", 3).empty());
  EXPECT_TRUE(reader.in_line());
  EXPECT_FALSE(reader.is_cut());
  EXPECT_TRUE(lines_of(reader, "9", 3).empty());
  EXPECT_TRUE(reader.is_cut());
  EXPECT_EQ(lines_of(reader, "0\n", 2), std::vector<std::string>{"12345678..."});
  EXPECT_FALSE(reader.in_line());
  EXPECT_FALSE(reader.is_cut());
}

TEST(LineReader, DoesNotCopyALineThatCameInOnePiece) {
  LineReader reader;
  const std::string bytes = "abc\ndef\n";
  std::string_view rest = bytes;
  EXPECT_EQ(reader.next(rest, kMost)->text.data(), bytes.data());
  EXPECT_EQ(reader.next(rest, kMost)->text.data(), bytes.data() + 4);
}

TEST(LineReader, HoldsNoMoreThanItMay) {
  LineReader reader;
  const std::string piece(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(lines_of(reader, piece, piece.size()).empty());
  }
  EXPECT_LE(reader.held(), 64U);
}

TEST(LineReader, GivesMemoryBackBetweenLinesAlone) {
  LineReader reader;
  std::string_view bytes = "a line that is long enough for memory of its own";
  const std::string whole(bytes);
  EXPECT_FALSE(reader.next(bytes, 1000));
  const std::size_t held = reader.held();
  EXPECT_GE(held, whole.size());
  reader.release();
  EXPECT_EQ(reader.held(), held);
  bytes = "\n";
  EXPECT_EQ(reader.next(bytes, 1000)->text, whole);
  reader.release();
  EXPECT_LT(reader.held(), whole.size());
  bytes = "next\n";
  EXPECT_EQ(reader.next(bytes, 1000)->text, "next");
}

}  // namespace
}  // namespace kamexec::pool
