// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/message_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

TEST(SipLineEnds, AreLeftAloneWhereTheyAreThere) {
  const MessageText text = with_sip_line_ends("A b C\r\nX: y\r\n\r\nbody\nmore");
  EXPECT_EQ(text.bytes, "A b C\r\nX: y\r\n\r\nbody\nmore");
  EXPECT_TRUE(text.notes.empty());
}

TEST(SipLineEnds, AreMadeInTheHeaderPartAlone) {
  const MessageText text = with_sip_line_ends("A b C\nX: y\n z\n\nbody\nmore\r\n");
  EXPECT_EQ(text.bytes, "A b C\r\nX: y\r\n z\r\n\r\nbody\nmore\r\n");
  EXPECT_EQ(text.notes.size(), 1U);
}

TEST(SipLineEnds, AddTheEmptyLine) {
  EXPECT_EQ(with_sip_line_ends("A b C\nX: y\n").bytes, "A b C\r\nX: y\r\n\r\n");
  EXPECT_EQ(with_sip_line_ends("A b C\r\nX: y").bytes, "A b C\r\nX: y\r\n\r\n");
  EXPECT_EQ(with_sip_line_ends("").bytes, "");
}

TEST(WholeFile, NamesWhatCantBeRead) {
  const Result<std::string> read = read_whole_file("/no/such/file");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::HasSubstr("/no/such/file: No such file"));
  EXPECT_FALSE(read_whole_file("/dev/zero")) << "it has no end";
}

}  // namespace
}  // namespace kamexec::tool
