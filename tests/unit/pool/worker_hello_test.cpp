// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::pool {
namespace {

TEST(WorkerHello, OffersWhatThisVersionHas) {
  EXPECT_EQ(server_hello(),
            "hello " + std::to_string(kWorkerProtocolVersion) + " uri env message\n");
}

TEST(WorkerHello, ReadsWhatAWorkerWants) {
  struct Case {
    std::string_view line;
    Wants wants;
  };
  for (const Case& one :
       {Case{"hello 1", {}}, Case{"hello 1 ", {}}, Case{"hello 1 uri", {true, false, false}},
        Case{"hello 1 env message", {false, true, true}},
        Case{"hello 1 message uri env", {true, true, true}},
        Case{"hello 01 env env", {false, true, false}}}) {
    const auto hello = read_worker_hello(one.line);
    ASSERT_TRUE(hello) << one.line;
    EXPECT_EQ(hello->version, 1u);
    EXPECT_EQ(hello->wants, one.wants) << one.line;
  }
}

TEST(WorkerHello, SaysWhatIsWrong) {
  struct Case {
    std::string line;
    std::string_view part_of_message;
  };
  for (const Case& one : {Case{"", "not a hello"}, Case{"hi", "not a hello but \"hi\""},
                          Case{"Hello 1", "not a hello"}, Case{"hello", "no version"},
                          Case{"hello one", "no version"}, Case{"hello 0", "no version"},
                          Case{"hello -1", "no version"}, Case{"hello 1.0", "no version"},
                          Case{"hello  1", "no version"}, Case{"hello 4294967297", "no version"},
                          Case{"hello 2", "version 2"}, Case{"hello 1 body", "\"body\""},
                          Case{"hello 1  env", "not offered"}, Case{"hello 1 env\r", "\"env%0D\""},
                          Case{std::string(500, '\x1b'), "%1B\"..."}}) {
    const auto hello = read_worker_hello(one.line);
    ASSERT_FALSE(hello) << one.line;
    EXPECT_THAT(hello.error().message, ::testing::HasSubstr(one.part_of_message));
    EXPECT_LT(hello.error().message.size(), 300u);
  }
}

TEST(WorkerHello, JoinsWishes) {
  EXPECT_EQ((Wants{true, false, false} | Wants{false, false, true}), (Wants{true, false, true}));
}

}  // namespace
}  // namespace kamexec::pool
