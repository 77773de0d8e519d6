// SPDX-License-Identifier: GPL-2.0-or-later
// Names of servers, seeds, and refusals, as they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nats/nkey.h"
#include "nats/refusal.h"
#include "nats/server.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;

TEST(ServerTest, IsRead) {
  const auto read = [](std::string_view url) {
    const Result<Server> server = read_server(url);
    return server ? host_and_port(*server) + (server->tls ? " tls" : "") : server.error().message;
  };
  EXPECT_EQ(read("nats://a.example:4333"), "a.example:4333");
  EXPECT_EQ(read("nats://a.example"), "a.example:4222");
  EXPECT_EQ(read("tls://a.example/"), "a.example:4222 tls");
  EXPECT_EQ(read("nats://[::1]:1"), "[::1]:1");
  EXPECT_EQ(read("nats://[2001:db8::1]"), "[2001:db8::1]:4222");
}

TEST(ServerTest, WhatIsNone) {
  for (const char* const url :
       {"", "a.example", "http://a", "nats://", "nats://:4222", "nats://a:0", "nats://a:65536",
        "nats://a:", "nats://a:4222x", "nats://a b", "nats://a,b", "nats://[::1", "nats://[]:1",
        "nats://[a.b]:1", "nats://[::1]x", "nats://a/b", "nats://a\n"}) {
    const Result<Server> server = read_server(url);
    ASSERT_FALSE(server) << url;
    EXPECT_THAT(server.error().message, HasSubstr("nats://HOST:PORT"));
  }
  EXPECT_THAT(read_server("nats://me:secret@a").error().message,
              HasSubstr("settings of their own"));
}

// The pair of NATS' own documentation.
constexpr const char* kSeed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
constexpr const char* kPublic = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

TEST(NkeyTest, APublicKeyIsMadeOfItsSeed) {
  EXPECT_EQ(public_key_of(kSeed), kPublic);
}

TEST(NkeyTest, WhatIsNoSeedIsRefusedAndNotShown) {
  std::string wrong = kSeed;
  wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
  for (const std::string& seed : {std::string(), wrong, std::string(kPublic), std::string("SU"),
                                  std::string(kSeed) + "A", std::string(kSeed).substr(1)}) {
    const Result<std::string> key = public_key_of(seed);
    ASSERT_FALSE(key) << seed;
    EXPECT_EQ(key.error().message, "it isn't a seed of a user's nkey (SU…)");
  }
}

TEST(RefusalTest, NamesWhatWasSent) {
  EXPECT_EQ(read_refusal("Permissions Violation for Publish to \"kx.call.a\"").subject,
            "kx.call.a");
  EXPECT_EQ(read_refusal("permissions violation for publish to \"kx.call.a").subject, "kx.call.a");
  EXPECT_TRUE(read_refusal("Permissions Violation for Publish to \"a\"").publishes);
  EXPECT_FALSE(read_refusal("Permissions Violation for Subscription to \"a\"").publishes);
  EXPECT_FALSE(read_refusal("").publishes);
  EXPECT_FALSE(read_refusal("Permissions Violation for Publish to ").publishes);
}

}  // namespace
}  // namespace kamexec::nats
