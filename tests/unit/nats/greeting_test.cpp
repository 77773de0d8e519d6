// SPDX-License-Identifier: GPL-2.0-or-later
// What a server says at first: whoever answers there may say anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_server.h"
#include "nats/greeting.h"

namespace kamexec::nats {
namespace {

std::string_view without_end(const std::string& line) {
  return std::string_view(line).substr(0, line.size() - 2);
}

TEST(GreetingTest, IsRead) {
  const std::string line = info_line("\"tls_required\":true,\"ldm\":true");
  const Result<Greeting> greeting = read_greeting(without_end(line));
  ASSERT_TRUE(greeting);
  EXPECT_EQ(greeting->version, "2.9.10");
  EXPECT_TRUE(greeting->tls_required);
  EXPECT_TRUE(greeting->headers);
  EXPECT_TRUE(greeting->lame_duck);
  const std::string plain = info_line();
  EXPECT_FALSE(read_greeting(without_end(plain))->tls_required);
  EXPECT_FALSE(read_greeting(without_end(plain))->lame_duck);
}

TEST(GreetingTest, WhatIsNone) {
  for (const char* const line : {"", "INFO", "INFO ", "INFO {", "INFO []", "INFO 1", "info {}",
                                 "-ERR 'no'", "INFO {} x", "INFO {\"version\":\"\xff\"}"}) {
    EXPECT_FALSE(read_greeting(line)) << line;
  }
}

TEST(GreetingTest, MembersOfOtherTypesAreIgnored) {
  const Result<Greeting> greeting =
      read_greeting(R"(INFO {"version":29,"headers":"yes","tls_required":1,"ldm":null})");
  ASSERT_TRUE(greeting);
  EXPECT_EQ(greeting->version, "");
  EXPECT_FALSE(greeting->headers);
  EXPECT_FALSE(greeting->tls_required);
  EXPECT_FALSE(greeting->lame_duck);
}

TEST(GreetingTest, TheVersionIsPrintable) {
  EXPECT_EQ(read_greeting("INFO {\"version\":\"2\\n3\"}")->version, "2\\x0a3");
}

}  // namespace
}  // namespace kamexec::nats
