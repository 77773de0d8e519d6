// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon writes, and that it is read as it was meant.
#include "service/daemon_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "told.h"

namespace kamexec::service {
namespace {

using namespace std::string_literals;
using process::Cause;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kLimit = std::size_t{1} << 20;

process::RunResult result_of(Cause cause, int exit_status, std::string output) {
  process::RunResult result;
  result.outcome.cause = cause;
  result.outcome.exit_status = exit_status;
  result.output = std::move(output);
  return result;
}

std::string text_of(const process::RunResult& result) {
  std::string text;
  append_reply(text, "7", result);
  return text;
}

std::vector<ToldByDaemon> read(const std::string& bytes, std::size_t size) {
  DaemonReader reader(kLimit);
  DaemonRecord record;
  EXPECT_EQ(read_in_pieces(reader, "hello 2\n" + bytes, size, record), "") << bytes;
  EXPECT_FALSE(record.told().empty());
  return {record.told().begin() + 1, record.told().end()};
}

void expect_same(const process::RunResult& result) {
  const std::string text = text_of(result);
  for (std::size_t size = 1; size <= text.size() + 8; size = size < 40 ? size + 1 : size * 3) {
    const auto told = read(text, size);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].id, "7");
    EXPECT_TRUE(same_result(told[0].result, result)) << text.substr(0, 300);
  }
}

TEST(DaemonMessages, WriteWhatItOffers) {
  std::string text = "before\n";
  append_daemon_hello(text);
  append_notice(text, {"lcr", milliseconds(200), true, true, true, true});
  append_notice(text, {"billing", milliseconds(5000), false, true, false, false});
  append_notice(text, {"plain", milliseconds(0), false, false, false, false});
  append_notice(text, {"kept", milliseconds(1000), false, false, false, true, true});
  append_ready(text);
  append_gone(text, "plain");
  EXPECT_EQ(text,
            "before\nhello 2\nprogram lcr 200 uri env message input\nprogram billing 5000 env\n"
            "program plain 0\nprogram kept 1000 input stored\nready\ngone plain\n");
}

TEST(DaemonMessages, WriteReplies) {
  process::RunResult result = result_of(Cause::ok, 0, "sip:a@b\nsip:c@d\n");
  result.outcome.pid = 42;
  result.outcome.duration = microseconds(1234);
  EXPECT_EQ(text_of(result), "reply 7 0\nline sip:a@b\nline sip:c@d\nran 42 0 1234\nend 7\n");
  EXPECT_EQ(text_of(result_of(Cause::ok, 0, "")), "reply 7 0\nend 7\n");
  EXPECT_EQ(text_of(result_of(Cause::nonzero_exit, 3, "no\n\nroute")),
            "reply 7 3\nline no\nline \npart route\nend 7\n");
  result = result_of(Cause::nonzero_exit, -1, "");
  result.outcome.signal = 9;
  result.error = "oh\nno";
  result.error_truncated = true;
  EXPECT_EQ(text_of(result), "reply 7 137\nstderr oh%0Ano\nstderr-truncated\nran 0 9 0\nend 7\n");
}

TEST(DaemonMessages, WriteFailures) {
  process::RunResult result;
  result.outcome = process::Outcome::deadline_passed("no reply within 200 ms");
  result.output = "what it had printed by then\n";
  EXPECT_EQ(text_of(result), "failed 7 deadline\ndetail no reply within 200 ms\nend 7\n");
  result.outcome.exit_status = 3;
  result.outcome.pid = 5;
  EXPECT_EQ(text_of(result),
            "failed 7 deadline\ndetail no reply within 200 ms\nexit 3\nran 5 0 0\nend 7\n");
  result.outcome = process::Outcome::refused("");
  EXPECT_EQ(text_of(result), "failed 7 refused\nend 7\n");
}

TEST(DaemonMessages, AreReadBackWithEveryByte) {
  std::string every_byte;
  for (int byte = 255; byte >= 0; --byte) {
    every_byte += static_cast<char>(byte);
  }
  for (const std::string& output :
       {every_byte, every_byte + "\n", "\n" + every_byte, "\n\n\n"s, " "s, "%"s, " \n \n "s}) {
    process::RunResult result = result_of(Cause::ok, 0, output);
    result.error = every_byte + output;
    expect_same(result);
    result.error_truncated = true;
    result.outcome.cause = Cause::nonzero_exit;
    result.outcome.exit_status = 255;
    result.outcome.pid = 2147483647;
    result.outcome.duration = microseconds(123'456'789'012);
    expect_same(result);
    result.outcome.exit_status = -1;
    result.outcome.signal = 15;
    expect_same(result);
  }
}

TEST(DaemonMessages, AreReadBackOfEveryCause) {
  for (const Cause cause : {Cause::deadline, Cause::not_started, Cause::refused, Cause::unusable}) {
    process::RunResult result = result_of(cause, -1, "");
    expect_same(result);
    result.outcome.detail = "why 100 % of it, in words";
    result.outcome.signal = 9;
    result.outcome.pid = 99;
    result.error = "\xff\n";
    expect_same(result);
    result.outcome.signal = 0;
    result.outcome.exit_status = 4;
    expect_same(result);
  }
}

TEST(DaemonMessages, SplitLongLines) {
  for (const std::size_t size : {std::size_t{16'384}, std::size_t{16'385}, std::size_t{32'768},
                                 std::size_t{100'000}, kLimit - 1}) {
    for (const std::string& end : {""s, "\n"s}) {
      const process::RunResult result = result_of(Cause::ok, 0, std::string(size, '\x01') + end);
      const std::string text = text_of(result);
      std::size_t longest = 0;
      for (std::size_t begin = 0, stop = 0; stop != text.npos; begin = stop + 1) {
        stop = text.find('\n', begin);
        longest = std::max(longest, std::min(stop, text.size()) - begin);
      }
      EXPECT_LE(longest, 65'536U);
      const auto told = read(text, 4096);
      ASSERT_EQ(told.size(), 1U);
      EXPECT_TRUE(same_result(told[0].result, result)) << size;
    }
  }
}

TEST(DaemonMessages, KeepADetailShortAndPrintable) {
  process::RunResult result = result_of(Cause::unusable, -1, "");
  result.outcome.detail = "a\nb\x1b\xff" + std::string(10'000, 'x');
  const auto told = read(text_of(result), 1000);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].result.outcome.detail, "a?b??" + std::string(4091, 'x'));
}

TEST(DaemonMessages, WriteNoSuccessForWhatIsNone) {
  process::RunResult result = result_of(Cause::nonzero_exit, 0, "");
  EXPECT_EQ(text_of(result), "reply 7 1\nend 7\n");
  result.outcome.exit_status = 1000;
  EXPECT_EQ(text_of(result), "reply 7 255\nend 7\n");
}

TEST(DaemonMessages, AreReadBackOneAfterTheOther) {
  std::string text;
  const ProgramNotice notice{"lcr", milliseconds(200), false, true, false, true};
  append_notice(text, notice);
  append_ready(text);
  const process::RunResult failed = result_of(Cause::deadline, -1, "");
  const process::RunResult done = result_of(Cause::ok, 0, "x\n");
  append_reply(text, "a", failed);
  append_gone(text, "lcr");
  append_reply(text, "b", done);
  const std::vector<ToldByDaemon> expected{{.kind = "notice", .notice = notice},
                                           {.kind = "ready"},
                                           {.kind = "reply", .id = "a", .result = failed},
                                           {.kind = "gone", .id = "lcr"},
                                           {.kind = "reply", .id = "b", .result = done}};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    EXPECT_TRUE(read(text, size) == expected) << "pieces of " << size;
  }
}

}  // namespace
}  // namespace kamexec::service
