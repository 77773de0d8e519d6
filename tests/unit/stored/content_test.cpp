// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store_fixture.h"

namespace kamexec::stored {
namespace {

using testing::HasSubstr;

std::string sealed(std::string part) {
  return part + checksum_of(part);
}

TEST(Content, EveryChangedByteIsFound) {
  const Result<Content> content = encode(notification(1, "bill", "x"));
  ASSERT_TRUE(content);
  Notification read;
  ASSERT_TRUE(decode_head(content->head, read));
  ASSERT_TRUE(decode_body(content->body, read));
  EXPECT_EQ(read.message, notification(1).message);
  for (const std::string* const part : {&content->head, &content->body}) {
    for (std::size_t at = 0; at < part->size(); ++at) {
      std::string changed = *part;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      Notification into;
      into.id = notification(1).id;
      EXPECT_FALSE(decode_head(changed, into)) << at;
      EXPECT_FALSE(decode_body(changed, into)) << at;
      changed = part->substr(0, at);
      EXPECT_FALSE(decode_head(changed, into)) << at;
      EXPECT_FALSE(decode_body(changed, into)) << at;
    }
  }
}

TEST(Content, WhatOtherBytesSayIsChecked) {
  const std::string id(16, '\0');
  const std::string one("\1\0\0\0", 4);
  const std::string none(4, '\0');
  const std::string begin = "h\1" + id;
  const std::string named = begin + one + "p";
  Notification into;
  EXPECT_TRUE(decode_head(sealed(named + none + none + one + "c" + none), into));
  EXPECT_EQ(into.program, "p");
  EXPECT_EQ(into.call, "c");
  EXPECT_FALSE(into.order);
  EXPECT_FALSE(decode_head(sealed(begin + none + none + none + one + "c" + none), into));
  EXPECT_FALSE(decode_head(sealed(named + none + one + "o" + one + "c" + none), into))
      << "an order that is none";
  EXPECT_TRUE(decode_head(sealed(named + one + none + one + "c" + none), into));
  EXPECT_EQ(into.order, "");
  EXPECT_FALSE(decode_head(sealed(named + none + none + one + "c" + one), into))
      << "an argument that isn't there";
  EXPECT_FALSE(decode_head(sealed(named + none + none + one + "c" + std::string(4, '\xff')), into));
  EXPECT_FALSE(decode_head(sealed(named + none + none + one + "c" + none + "x"), into));
  EXPECT_FALSE(decode_head(sealed("h\2" + named.substr(2) + none + none + none + none), into));
  EXPECT_FALSE(decode_head("", into));

  into = notification(0);
  EXPECT_TRUE(decode_body(sealed("b\1" + id + none + none + none + none), into));
  EXPECT_FALSE(decode_body(sealed("b\1" + id + one + "A" + none + none + none), into))
      << "variables that don't end";
  into.id = notification(1).id;
  EXPECT_THAT(decode_body(sealed("b\1" + id + none + none + none + none), into).error().message,
              HasSubstr("two notifications"));
}

}  // namespace
}  // namespace kamexec::stored
