// SPDX-License-Identifier: GPL-2.0-or-later
// What the messages cost: memory that a peer can make us hold, and allocations of a usual call.
#include <gtest/gtest.h>

#include <array>
#include <new>

#include "service/client_messages.h"
#include "service/daemon_messages.h"
#include "support/allocations.h"
#include "support/sanitized.h"
#include "told.h"

namespace kamexec::service {
namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::size_t kLimit = std::size_t{1} << 20;
constexpr int kTimes = 1000;

constexpr std::array kArguments{"4930123456"sv,  "sip:4930123456@example.net"sv,
                                "192.0.2.17"sv,  "5060"sv,
                                "udp"sv,         ""sv,
                                "example.net"sv, "a84b4c76e66710"sv,
                                "100 % of it"sv, "last"sv};

CallRequest usual_call() {
  CallRequest request;
  request.id = "5f0c8a1e92d47b36";
  request.call = "dset";
  request.time_left = milliseconds(200);
  request.program = "least-cost-routing";
  request.arguments = kArguments;
  request.uri = "sip:4930123456@example.net";
  return request;
}

/// Takes what is told, as a client and a daemon do: without a copy.
class Counting : public ClientMessages, public DaemonMessages {
 public:
  void on_hello(std::uint32_t /*version*/) override {}
  void on_call(const CallRequest& request) override { bytes_ += request.arguments.size(); }
  void on_cancel(std::string_view id) override { bytes_ += id.size(); }
  void on_control(const ControlRequest& request) override { bytes_ += request.verb.size(); }
  void on_refused(std::string_view /*id*/, std::string_view /*why*/) override { ++refused_; }
  void on_notice(ProgramNotice /*notice*/) override {}
  void on_gone(std::string_view /*name*/) override {}
  void on_ready() override {}
  void on_reply(std::string_view /*id*/, process::RunResult& result) override {
    bytes_ += result.output.size();
    std::swap(taken_, result);
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  std::size_t bytes_ = 0;
  std::size_t refused_ = 0;
  process::RunResult taken_;
};

TEST(MessagesCost, AUsualCallAllocatesNothingOnceItIsWarm) {
  ClientReader client(kLimit);
  DaemonReader daemon(kLimit);
  Counting counting;
  ASSERT_TRUE(client.read("hello 2\n", counting));
  ASSERT_TRUE(daemon.read("hello 2\n", counting));
  process::RunResult result;
  result.outcome.cause = process::Cause::ok;
  result.outcome.pid = 4711;
  result.outcome.duration = std::chrono::microseconds(123);
  result.output = "sip:4930123456@gw1.example.net\nsip:4930123456@gw2.example.net\n";
  std::string request_text;
  std::string reply_text;
  const auto call = [&](std::size_t piece) {
    request_text.clear();
    reply_text.clear();
    if (!append_call(request_text, usual_call(), kLimit)) {
      return false;
    }
    append_cancel(request_text, "5f0c8a1e92d47b36");
    append_reply(reply_text, "5f0c8a1e92d47b36", result);
    return read_in_pieces(client, request_text, piece, counting).empty() &&
           read_in_pieces(daemon, reply_text, piece, counting).empty();
  };
  for (const std::size_t piece : {std::size_t{65536}, std::size_t{10}}) {
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(call(piece));
    }
    const std::size_t before = test::allocations().ever;
    for (int i = 0; i < kTimes; ++i) {
      ASSERT_TRUE(call(piece));
    }
    EXPECT_EQ(test::allocations().ever - before, 0U) << "pieces of " << piece;
  }
  EXPECT_GT(counting.bytes(), 0U);
}

/// The most that a reader with a limit of @p limit held while it read @p bytes.
std::size_t most_held(std::size_t limit, std::string_view bytes) {
  ClientReader reader(limit);
  Counting counting;
  EXPECT_TRUE(reader.read("hello 2\nrequest 7 dset 0\nprogram lcr\n", counting));
  std::size_t most = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 4096))) {
    if (!reader.read(bytes.substr(0, 4096), counting)) {
      break;
    }
    most = std::max(most, reader.held());
  }
  return most;
}

TEST(MessagesCost, AClientCannotMakeTheDaemonHoldMoreThanASmallMultipleOfTheLimit) {
  std::string arguments;
  std::string variables;
  std::string mixed = "message " + std::string(500'000, 'm') + "\n";
  for (int i = 0; i < 300'000; ++i) {
    arguments += "arg\n";
    variables += "env SIP_=\n";
    mixed += i % 2 == 0 ? "arg a\n" : "env SIP_A=\n";
  }
  const std::string line = "message " + std::string(std::size_t{10} << 20, 'x');
  const std::string unknown = "later " + std::string(std::size_t{10} << 20, 'x');
  for (const std::size_t limit : {std::size_t{100'000}, kLimit}) {
    for (const std::string& bytes : {arguments, variables, mixed, line, line + "\n", unknown}) {
      EXPECT_LE(most_held(limit, bytes), 5 * limit + 500'000) << bytes.substr(0, 20);
    }
  }
}

TEST(MessagesCost, MemoryIsGivenBackAfterALargeRequest) {
  ClientReader reader(kLimit);
  Counting counting;
  const std::string input(300'000, '\n');
  const std::vector<std::string_view> arguments(kMostArguments, "x");
  CallRequest request = usual_call();
  request.input = input;
  request.arguments = arguments;
  std::string text = "hello 2\n";
  ASSERT_TRUE(append_call(text, request, kLimit));
  ASSERT_EQ(read_in_pieces(reader, text, 1000, counting), "");
  EXPECT_EQ(counting.refused(), 0U);
  EXPECT_LE(reader.held(), 40'000U);
  text += "request 8 dset 0\narg " + std::string(2 * kLimit, 'x') + "\nend 8\n";
  ASSERT_EQ(read_in_pieces(reader, text.substr(8), 1000, counting), "");
  EXPECT_EQ(counting.refused(), 1U);
  EXPECT_LE(reader.held(), 40'000U);
}

#ifndef KAMEXEC_SANITIZED

TEST(MessagesCost, ShortOfMemoryAMessageIsWrittenWholeOrNotAtAll) {
  std::string whole;
  ASSERT_TRUE(append_call(whole, usual_call(), kLimit));
  bool failed = true;
  for (std::size_t good = 0; failed; ++good) {
    std::string text = "before\n";
    bool written = false;
    test::fail_allocations(good, 1);
    try {
      written = append_call(text, usual_call(), kLimit);
    } catch (const std::bad_alloc&) {
    }
    failed = test::stop_failing() > 0;
    EXPECT_EQ(text, written ? "before\n" + whole : "before\n");
    EXPECT_EQ(written, !failed);
  }
}

TEST(MessagesCost, ShortOfMemoryAReaderReadsNothingMore) {
  std::string text = "hello 2\n";
  ASSERT_TRUE(append_call(text, usual_call(), kLimit));
  bool failed = true;
  for (std::size_t good = 0; failed; ++good) {
    ClientReader reader(kLimit);
    Counting counting;
    bool thrown = false;
    test::fail_allocations(good, 1);
    try {
      EXPECT_TRUE(reader.read(text, counting));
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    failed = test::stop_failing() > 0;
    EXPECT_EQ(thrown, failed);
    EXPECT_EQ(counting.bytes(), thrown ? 0U : kArguments.size());
    const auto more = reader.read("cancel 7\n", counting);
    EXPECT_EQ(more.has_value(), !thrown);
  }
}

#endif

}  // namespace
}  // namespace kamexec::service
