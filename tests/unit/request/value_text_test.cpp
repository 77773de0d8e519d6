// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/value_text.h"

#include <gtest/gtest.h>

#include <string>

namespace kamexec::request {
namespace {

using namespace std::string_view_literals;

std::string text(std::string_view raw, bool bash_safety = true) {
  std::string out = "before=";
  append_value_text(out, raw, bash_safety);
  EXPECT_EQ(out.substr(0, 7), "before=");
  return out.substr(7);
}

struct Case {
  std::string_view raw;
  std::string_view text;
};

TEST(ValueText, OneLineWithoutSpaceAroundIt) {
  const Case cases[] = {
      {""sv, ""sv},
      {"a"sv, "a"sv},
      {" \t a b \t "sv, "a b"sv},
      {"a  b\tc"sv, "a  b\tc"sv},  // no line break: white space inside stays as it is
      {" \r\n "sv, ""sv},
      {"\r\n\r\n"sv, ""sv},
      {"I know you're there,\r\n      pick up the phone\r\n      and answer!"sv,
       "I know you're there, pick up the phone and answer!"sv},
      {"a\r\n b"sv, "a b"sv},
      {"a\r\n\tb"sv, "a b"sv},
      {"a \t\r\n \t b"sv, "a b"sv},
      {"a\r\n \r\n b"sv, "a b"sv},
      {"a\n b"sv, "a b"sv},
      {"a\nb"sv, "a b"sv},
      {"a\rb"sv, "a b"sv},
      {"a\n\rb"sv, "a b"sv},
      {"\"quoted\r\n string\""sv, "\"quoted string\""sv},
      {"a\0b"sv, "a b"sv},
      {"a\0\0b"sv, "a  b"sv},
      {"\0a\0"sv, "a"sv},
      {"a\0\r\n\0b"sv, "a b"sv},
      {"\x01\x7f\xff\x1b[2J"sv, "\x01\x7f\xff\x1b[2J"sv},  // what a program can be given, it is
  };
  for (const Case& c : cases) {
    EXPECT_EQ(text(c.raw), c.text) << testing::PrintToString(c.raw);
    EXPECT_EQ(text(c.raw, false), c.text) << testing::PrintToString(c.raw);
  }
}

TEST(ValueText, NoBashFunction) {
  const Case cases[] = {
      {"() { :;}; echo vulnerable"sv, " { :;}; echo vulnerable"sv},
      {"() {"sv, " {"sv},
      {"  () { :;}"sv, " { :;}"sv},
      {"\r\n () { :;}"sv, " { :;}"sv},
      {"()\r\n { :;}"sv, " { :;}"sv},
      {"() \r\n\t{ :;}"sv, " { :;}"sv},
      {"()\n{ :;}"sv, " { :;}"sv},
      {"()\0{ :;}"sv, " { :;}"sv},
      {"\0() {"sv, " {"sv},
      {"() () {"sv, "() () {"sv},
      {"()() {"sv, "()() {"sv},
      {"()  { :;}"sv, "()  { :;}"sv},  // bash wants exactly one space
      {"()\t{ :;}"sv, "()\t{ :;}"sv},
      {"(){"sv, "(){"sv},
      {"() "sv, "()"sv},
      {"a () {"sv, "a () {"sv},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(text(c.raw), c.text) << testing::PrintToString(c.raw);
    EXPECT_FALSE(text(c.raw).starts_with("() {"));
  }
}

TEST(ValueText, WithoutBashSafetyTheFunctionStays) {
  EXPECT_EQ(text("() { :;}", false), "() { :;}");
  EXPECT_EQ(text("()\r\n { :;}", false), "() { :;}");
}

}  // namespace
}  // namespace kamexec::request
