// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/base64.h"

#include <gtest/gtest.h>

namespace kamexec {
namespace {

// RFC 4648, section 10.
TEST(Base64, IsWhatTheRfcSays) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(in_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, TakesAnyBytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    EXPECT_EQ(from_base64(in_base64(all)), all);
  }
}

TEST(Base64, TakesNothingElse) {
  for (const char* const text : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm=v", "Zm9-", "Zm9_", " Zm9"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kamexec
