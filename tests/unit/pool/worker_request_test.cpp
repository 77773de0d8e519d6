// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_request.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "pool/request_id.h"

namespace kamexec::test {
namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::size_t no_limit = 1 << 20;

class RequestText : public ::testing::Test {
 protected:
  RequestText() {
    request_.call = "dset";
    request_.arguments = arguments_;
    request_.uri = "sip:a@b";
    request_.environment = environment_.data();
    request_.message = "INVITE sip:a@b SIP/2.0\r\n\r\n";
  }

  std::string text(const Wants& wants) {
    std::string result;
    EXPECT_TRUE(append_request(result, request_, "7", wants, milliseconds(200), no_limit));
    return result;
  }

  std::array<std::string_view, 3> arguments_{"49 30", "", "a\nend 7\0"sv};
  std::string variable_ = "SIP_HF_SUBJECT=50 % off";
  std::string empty_variable_ = "EMPTY=";
  std::array<char*, 3> environment_{variable_.data(), empty_variable_.data(), nullptr};
  WorkerRequest request_;
};

TEST_F(RequestText, HoldsTheArgumentsAndNoMoreUnlessItIsWanted) {
  EXPECT_EQ(text({}), "request 7 dset 200\narg 49 30\narg \narg a%0Aend 7%00\nend 7\n");
}

TEST_F(RequestText, HoldsWhatIsWanted) {
  EXPECT_EQ(text({true, true, true}),
            "request 7 dset 200\narg 49 30\narg \narg a%0Aend 7%00\nuri sip:a@b\n"
            "env SIP_HF_SUBJECT=50 %25 off\nenv EMPTY=\n"
            "message INVITE sip:a@b SIP/2.0%0D%0A%0D%0A\nend 7\n");
  EXPECT_EQ(text({true, false, false}),
            "request 7 dset 200\narg 49 30\narg \narg a%0Aend 7%00\nuri sip:a@b\nend 7\n");
}

TEST_F(RequestText, LeavesOutWhatTheHostHasNot) {
  WorkerRequest bare;
  bare.call = "cmd";
  std::string result = "before ";
  EXPECT_TRUE(append_request(result, bare, "x", {true, true, true}, milliseconds(0), no_limit));
  EXPECT_EQ(result, "before request x cmd 0\nend x\n");
}

TEST_F(RequestText, KeepsToItsLimit) {
  const std::size_t size = text({true, true, true}).size();
  for (std::size_t limit = 0; limit < size + 2; ++limit) {
    std::string result = "already there";
    const std::size_t before = result.size();
    EXPECT_EQ(append_request(result, request_, "7", {true, true, true}, milliseconds(200), limit),
              limit >= size);
    EXPECT_LE(result.size(), before + limit + 3 * request_.message.size() + 40);
  }
}

TEST(RequestIds, GiveEachOnce) {
  RequestIds ids;
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    const RequestId id = ids.next();
    EXPECT_EQ(id.text().size(), 16u);
    EXPECT_EQ(id.text().find_first_not_of("0123456789abcdef"), std::string_view::npos);
    EXPECT_TRUE(seen.emplace(id.text()).second);
  }
}

TEST(RequestIds, DifferFromPoolToPool) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(seen.emplace(RequestIds().next().text()).second);
}

TEST(RequestIds, AreWrittenInFull) {
  EXPECT_EQ(RequestId(0x5f0c8a1e92d47b36).text(), "5f0c8a1e92d47b36");
  EXPECT_EQ(RequestId(1).text(), "0000000000000001");
}

}  // namespace
}  // namespace kamexec::test
