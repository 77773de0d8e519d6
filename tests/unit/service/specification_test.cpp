// SPDX-License-Identifier: GPL-2.0-or-later
// The document's exchange, byte for byte, through the code of both sides.
#include <gtest/gtest.h>

#include <array>

#include "support/documented_exchange.h"
#include "told.h"

namespace kamexec::service {
namespace {

using namespace std::string_view_literals;
using process::Cause;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kLimit = std::size_t{1} << 20;

class Specification : public ::testing::Test {
 protected:
  void SetUp() override {
    turns_ = test::documented_exchange(KAMEXEC_SERVICE_PROTOCOL);
    ASSERT_EQ(turns_.size(), 6U) << "hello, two calls at once, a cancel and a control";
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      ASSERT_EQ(turns_[i].asks, i % 2 == 0);
    }
  }

  /// All turns of one side.
  [[nodiscard]] std::string side(bool asks) const {
    std::string bytes;
    for (const test::Turn& turn : turns_) {
      bytes += turn.asks == asks ? turn.bytes : "";
    }
    return bytes;
  }

  std::vector<test::Turn> turns_;
};

TEST_F(Specification, ShowsWhatAClientWrites) {
  std::string text;
  append_client_hello(text);
  EXPECT_EQ(turns_[0].bytes, text);

  text.clear();
  CallRequest lcr;
  lcr.id = "a1";
  lcr.call = "dset";
  lcr.time_left = milliseconds(200);
  lcr.program = "lcr";
  constexpr std::array kNumber{"4930123456"sv};
  lcr.arguments = kNumber;
  lcr.uri = "sip:4930123456@example.net";
  EXPECT_TRUE(append_call(text, lcr, kLimit));
  CallRequest billing;
  billing.id = "a2";
  billing.call = "run";
  billing.time_left = milliseconds(1500);
  billing.program = "billing";
  constexpr std::array kWords{"start"sv, " M\xc3\xbcller "sv};
  billing.arguments = kWords;
  billing.variables = "SIP_USER=4930123456\0SIP_HF_SUBJECT=100% \r\n\0"sv;
  EXPECT_TRUE(append_call(text, billing, kLimit));
  EXPECT_EQ(turns_[2].bytes, text);

  text.clear();
  lcr.id = "a3";
  EXPECT_TRUE(append_call(text, lcr, kLimit));
  append_cancel(text, "a3");
  append_control(text, {"a4", "flush", std::array{"lcr"sv}});
  EXPECT_EQ(turns_[4].bytes, text);
}

TEST_F(Specification, ShowsWhatTheDaemonWrites) {
  std::string text;
  append_daemon_hello(text);
  append_notice(text, {"billing", milliseconds(2000), false, true, false, true});
  append_notice(text, {"lcr", milliseconds(200), true, false, false, false});
  append_ready(text);
  EXPECT_EQ(turns_[1].bytes, text);

  text.clear();
  process::RunResult billing;
  billing.outcome.cause = Cause::nonzero_exit;
  billing.outcome.exit_status = 3;
  billing.outcome.pid = 4712;
  billing.outcome.duration = microseconds(5120);
  billing.output = "no contract\ntry later";
  billing.error = "db1 is slow\n";
  append_reply(text, "a2", billing);
  process::RunResult lcr;
  lcr.outcome.cause = Cause::ok;
  lcr.outcome.exit_status = 0;
  lcr.outcome.pid = 4711;
  lcr.outcome.duration = microseconds(7304);
  lcr.output = "sip:4930123456@gw1.example.net\nsip:4930123456@gw2.example.net\n";
  append_reply(text, "a1", lcr);
  EXPECT_EQ(turns_[3].bytes, text);

  text.clear();
  process::RunResult cancelled;
  cancelled.outcome = process::Outcome::cancelled();
  cancelled.outcome.pid = 4711;
  cancelled.outcome.duration = microseconds(391);
  append_reply(text, "a3", cancelled);
  process::RunResult flushed;
  flushed.outcome.cause = Cause::ok;
  flushed.outcome.exit_status = 0;
  flushed.output = "17\n";
  append_reply(text, "a4", flushed);
  append_gone(text, "billing");
  EXPECT_EQ(turns_[5].bytes, text);
}

TEST_F(Specification, IsReadByBothSides) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{100'000}}) {
    ClientReader client(kLimit);
    ClientRecord said;
    EXPECT_EQ(read_in_pieces(client, side(true), size, said), "");
    EXPECT_EQ(said.told().size(), 6U);
    EXPECT_FALSE(client.in_message());

    DaemonReader daemon(kLimit);
    DaemonRecord answered;
    EXPECT_EQ(read_in_pieces(daemon, side(false), size, answered), "");
    EXPECT_EQ(answered.told().size(), 9U);
  }
}

}  // namespace
}  // namespace kamexec::service
