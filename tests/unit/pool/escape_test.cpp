// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/escape.h"

#include <gtest/gtest.h>

namespace kamexec::pool {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  append_escaped(text, value);
  return text;
}

struct Case {
  std::string_view bytes;
  std::string_view text;
};

using namespace std::string_view_literals;

constexpr Case kCases[] = {
    {"", ""},
    {"4930123456", "4930123456"},
    {"sip:a@b;x=\"y\" <z>", "sip:a@b;x=\"y\" <z>"},
    {"100%", "100%25"},
    {"%0A", "%250A"},
    {"a\r\nb", "a%0D%0Ab"},
    {"\0"sv, "%00"},
    {"\t\x1b\x7f", "%09%1B%7F"},
    {"caf\xc3\xa9", "caf%C3%A9"},
    {"\xff\x80", "%FF%80"},
    {" ", "%20"},
    {"  ", "%20%20"},
    {" a b ", "%20a b%20"},
    {"   ", "%20 %20"},
    {"~!`$(){}\\*?[]", "~!`$(){}\\*?[]"},
};

TEST(Escape, WritesEachValueAsOneLineOfPrintableAscii) {
  for (const Case& one : kCases) {
    EXPECT_EQ(escaped(one.bytes), one.text);
  }
}

TEST(Escape, GivesEveryValueBack) {
  for (const Case& one : kCases) {
    std::string bytes;
    EXPECT_TRUE(append_unescaped(bytes, one.text));
    EXPECT_EQ(bytes, one.bytes);
  }
}

TEST(Escape, GivesEveryByteBackWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const std::string& value : {std::string{c}, std::string{c, 'x'}, std::string{'x', c},
                                     std::string{'x', c, 'x'}, std::string{c, c, c}}) {
      const std::string text = escaped(value);
      for (const char one : text) {
        EXPECT_TRUE(one >= ' ' && one <= '~') << byte;
      }
      EXPECT_FALSE(text.front() == ' ' || text.back() == ' ') << byte;
      std::string bytes;
      EXPECT_TRUE(append_unescaped(bytes, text));
      EXPECT_EQ(bytes, value) << byte;
    }
  }
}

TEST(Escape, AppendsToWhatIsThere) {
  std::string text = "arg ";
  append_escaped(text, "a\nb");
  EXPECT_EQ(text, "arg a%0Ab");
  std::string bytes = "x";
  EXPECT_TRUE(append_unescaped(bytes, "%41"));
  EXPECT_EQ(bytes, "xA");
}

TEST(Escape, TakesDigitsOfEitherCaseAndBytesAsTheyAre) {
  std::string bytes;
  EXPECT_TRUE(append_unescaped(bytes, "%c3%A9\xc3\xa9\t"));
  EXPECT_EQ(bytes, "\xc3\xa9\xc3\xa9\t");
}

TEST(Escape, RefusesAPercentThatIsNoCode) {
  for (const std::string_view text :
       {"%", "%4", "a%", "a%4", "%zz", "%4g", "%g4", "%%25", "% 41"}) {
    std::string bytes;
    EXPECT_FALSE(append_unescaped(bytes, text)) << text;
  }
}

}  // namespace
}  // namespace kamexec::pool
