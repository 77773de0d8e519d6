// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/field_text.h"

#include <gtest/gtest.h>

namespace kamexec::pool {
namespace {

TEST(FieldText, StaysWhenItIsFinished) {
  std::string to = "before\n";
  FieldText text(to, 20);
  text.add("a ");
  text.add(-42);
  text.add("\n");
  text.field("arg", "x\ny ");
  EXPECT_TRUE(text.finish());
  EXPECT_EQ(to, "before\na -42\narg x%0Ay%20\n");
}

TEST(FieldText, TakesBackWhatIsTooLong) {
  std::string to = "before\n";
  {
    FieldText text(to, 10);
    text.field("arg", "123456");
    EXPECT_FALSE(text.fits());
    EXPECT_FALSE(text.finish());
  }
  EXPECT_EQ(to, "before\n");
}

TEST(FieldText, MayHaveAsManyBytesAsItsLimit) {
  std::string to = "before\n";
  {
    FieldText text(to, 10);
    text.field("arg", "12345");
    EXPECT_TRUE(text.finish());
  }
  EXPECT_EQ(to, "before\narg 12345\n");
}

TEST(FieldText, TakesBackWhatIsNotFinished) {
  std::string to = "before\n";
  {
    FieldText text(to, FieldText::kNoLimit);
    text.add("half of it");
    EXPECT_TRUE(text.fits());
  }
  EXPECT_EQ(to, "before\n");
}

TEST(FieldText, DoesNotGrowFarPastItsLimit) {
  std::string to;
  FieldText text(to, 10);
  for (int i = 0; i < 1000; ++i) {
    text.field("arg", "0123456789");
  }
  EXPECT_LE(to.size(), 15U);
}

}  // namespace
}  // namespace kamexec::pool
