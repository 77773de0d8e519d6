// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_request.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <string>

#include "pool/request_id.h"

namespace kamexec::pool {
namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::size_t kNoLimit = 1 << 20;

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
    EXPECT_TRUE(append_request(result, request_, "7", wants, milliseconds(200), kNoLimit));
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

TEST_F(RequestText, SaysWhichAttemptItIs) {
  request_.attempt = 3;
  EXPECT_EQ(text({}), "request 7 dset 200\nattempt 3\narg 49 30\narg \narg a%0Aend 7%00\nend 7\n");
}

TEST_F(RequestText, ACopyIsTheSame) {
  request_.id = "0123456789abcdef0123456789abcdef";
  request_.attempt = 3;
  WorkerRequestCopy copy(request_, {true, true, true});
  const WorkerRequestCopy moved(std::move(copy));
  EXPECT_EQ(moved.view().id, request_.id);
  std::string result;
  EXPECT_TRUE(
      append_request(result, moved.view(), "7", {true, true, true}, milliseconds(200), kNoLimit));
  EXPECT_EQ(result, text({true, true, true}));
}

TEST_F(RequestText, LeavesOutWhatTheHostHasNot) {
  WorkerRequest bare;
  bare.call = "cmd";
  std::string result = "before ";
  EXPECT_TRUE(append_request(result, bare, "x", {true, true, true}, milliseconds(0), kNoLimit));
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

std::string new_id() {
  const Result<RequestId> id = new_request_id();
  return id ? std::string(id->text()) : id.error().message;
}

TEST(RequestIds, EachIsAnother) {
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = new_id();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.emplace(id).second);
  }
}

TEST(RequestIds, ThoseOfOneOwnerAreOthersEachTime) {
  std::set<std::string> seen;
  RequestIds first;
  RequestIds second;
  for (int i = 0; i < 1000; ++i) {
    for (RequestIds* ids : {&first, &second}) {
      const Result<RequestId> id = ids->next();
      ASSERT_TRUE(id) << id.error().message;
      EXPECT_TRUE(seen.emplace(id->text()).second);
    }
  }
}

TEST(RequestIds, AForkedChildGivesOthers) {
  (void)new_id();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string id = new_id();
    ::_exit(::write(ends[1], id.data(), id.size()) == 16 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  char childs[16] = {};
  ASSERT_EQ(::read(ends[0], childs, sizeof childs), 16);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_NE(new_id(), std::string(childs, sizeof childs));
}

/// What a worker could do that had seen one id while they came from SplitMix64, which is one to
/// one: back to the generator's state, a step on.
TEST(RequestIds, TheNextIsNotComputedFromTheLast) {
  const auto unshift = [](std::uint64_t value, int by) {
    std::uint64_t result = value;
    for (int done = by; done < 64; done += by) {
      result = value ^ (result >> by);
    }
    return result;
  };
  const auto inverse = [](std::uint64_t odd) {
    std::uint64_t result = odd;
    for (int i = 0; i < 6; ++i) {
      result *= 2 - odd * result;
    }
    return result;
  };
  constexpr std::uint64_t kFirst = 0xbf58476d1ce4e5b9;
  constexpr std::uint64_t kSecond = 0x94d049bb133111eb;
  std::uint64_t state = std::stoull(new_id(), nullptr, 16);
  state = unshift(state, 31) * inverse(kSecond);
  state = unshift(state, 27) * inverse(kFirst);
  state = unshift(state, 30) + 0x9e3779b97f4a7c15;
  state = (state ^ (state >> 30)) * kFirst;
  state = (state ^ (state >> 27)) * kSecond;
  EXPECT_NE(new_id(), RequestId(state ^ (state >> 31)).text());
}

TEST(RequestIds, AreWrittenInFull) {
  EXPECT_EQ(RequestId(0x5f0c8a1e92d47b36).text(), "5f0c8a1e92d47b36");
  EXPECT_EQ(RequestId(1).text(), "0000000000000001");
  EXPECT_EQ(RequestId("a1").text(), "a1");
  EXPECT_EQ(RequestId("0123456789abcdef0123456789abcdef").text(),
            "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(RequestId(std::string(40, 'x')).text(), std::string(32, 'x'));
}

}  // namespace
}  // namespace kamexec::pool
