// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/packed_strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kamexec::test {
namespace {

using std::string_view;
using ::testing::ElementsAre;

TEST(PackedStrings, AreReadInTheOrderInWhichTheyWereAdded) {
  const std::string bytes("a\0\xff", 3);
  const std::vector<string_view> texts{"one", "", bytes};
  char first[] = "A=1";
  char second[] = "";
  char* const environment[] = {first, second, nullptr};
  char* const* const none = nullptr;
  const std::size_t size = packed_size(bytes) + packed_size(texts) + packed_size(environment) +
                           packed_size(none) + packed_size("last");
  std::string block(size + 1, '#');

  StringPacker packer(block.data());
  const char* copy = packer.add(bytes);
  const std::vector<string_view> views = packer.add(texts);
  const std::vector<char*> variables = packer.add(environment);
  const std::vector<char*> nothing = packer.add(none);
  packer.add("last");
  EXPECT_EQ(packer.end(), block.data() + size);  // as much as was measured
  EXPECT_EQ(block.back(), '#');

  EXPECT_EQ(string_view(copy, 4), string_view("a\0\xff\0", 4));
  EXPECT_THAT(views, ElementsAre("one", "", bytes));
  EXPECT_NE(views[0].data(), texts[0].data());
  EXPECT_THAT(variables, ElementsAre(testing::StrEq("A=1"), testing::StrEq(""), nullptr));
  EXPECT_THAT(nothing, ElementsAre(nullptr));

  const std::string moved = block;  // another process has it at another address
  StringUnpacker unpacker(moved.data());
  EXPECT_EQ(unpacker.text(), bytes);
  EXPECT_THAT(unpacker.list(), ElementsAre("one", "", bytes));
  EXPECT_THAT(unpacker.list(), ElementsAre("A=1", ""));
  EXPECT_TRUE(unpacker.list().empty());
  EXPECT_EQ(unpacker.text(), "last");
}

}  // namespace
}  // namespace kamexec::test
