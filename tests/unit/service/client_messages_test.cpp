// SPDX-License-Identifier: GPL-2.0-or-later
// What a client writes, and that it is read as it was meant.
#include "service/client_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "service/message_words.h"
#include "told.h"

namespace kamexec::service {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using std::chrono::milliseconds;

constexpr std::size_t kLimit = std::size_t{1} << 20;

CallRequest small_call() {
  static constexpr std::array kArguments{"49 30"sv, ""sv, " a\nend 7 "sv};
  CallRequest request;
  request.id = "7";
  request.call = "dset";
  request.time_left = milliseconds(200);
  request.program = "lcr";
  request.arguments = kArguments;
  return request;
}

std::string text_of(const CallRequest& request) {
  std::string text;
  EXPECT_TRUE(append_call(text, request, kLimit));
  return text;
}

std::vector<ToldByClient> read(const std::string& bytes, std::size_t size,
                               std::size_t limit = kLimit) {
  ClientReader reader(limit);
  ClientRecord record;
  EXPECT_EQ(read_in_pieces(reader, "hello 2\n" + bytes, size, record), "") << bytes;
  EXPECT_FALSE(reader.in_message());
  EXPECT_TRUE(record.arguments_end_in_nul());
  EXPECT_FALSE(record.told().empty());
  return {record.told().begin() + 1, record.told().end()};
}

/// The call as a reader is to tell it.
ToldByClient told_of(const CallRequest& request) {
  ClientRecord record;
  record.on_call(request);
  return record.told().front();
}

TEST(ClientMessages, BeginWithAHello) {
  std::string text = "before\n";
  append_client_hello(text);
  EXPECT_EQ(text, "before\nhello 2\n");
}

TEST(ClientMessages, WriteACall) {
  EXPECT_EQ(text_of(small_call()),
            "request 7 dset 200\nprogram lcr\narg 49 30\narg \narg %20a%0Aend 7%20\nend 7\n");
}

TEST(ClientMessages, WriteWhatACallMayHave) {
  CallRequest request = small_call();
  request.uri = "sip:a@b";
  request.variables = "SIP_RURI=sip:a@b\0SIP_HF_SUBJECT=50 % off\0"sv;
  request.message = "INVITE sip:a@b SIP/2.0\r\n\r\n";
  request.input = "\0in"sv;
  EXPECT_EQ(text_of(request),
            "request 7 dset 200\nprogram lcr\narg 49 30\narg \narg %20a%0Aend 7%20\nuri sip:a@b\n"
            "env SIP_RURI=sip:a@b\nenv SIP_HF_SUBJECT=50 %25 off\n"
            "message INVITE sip:a@b SIP/2.0%0D%0A%0D%0A\ninput %00in\nend 7\n");
}

TEST(ClientMessages, WriteCancelAndControl) {
  std::string text;
  append_cancel(text, "a1");
  const std::array arguments{"lcr"sv, "49\n"sv};
  append_control(text, {"b2", "flush", arguments});
  append_control(text, {"b3", "status", {}});
  EXPECT_EQ(text,
            "cancel a1\ncontrol b2 flush\narg lcr\narg 49%0A\nend b2\ncontrol b3 status\nend b3\n");
}

TEST(ClientMessages, AreReadBackInPiecesOfAnySize) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
  }
  const std::array<std::string_view, 3> arguments{every_byte, "", every_byte};
  CallRequest request = small_call();
  request.arguments = arguments;
  request.uri = every_byte;
  const std::string variables = "SIP_A="s + every_byte.substr(1) + '\0' + "SIP_B=" + '\0';
  request.variables = variables;
  request.message = every_byte;
  request.input = every_byte;
  std::string text = text_of(request);
  append_cancel(text, "7");
  append_control(text, {"8", "flush", arguments});
  text += text_of(small_call());

  ToldByClient control{.kind = "control", .id = "8", .word = "flush"};
  control.arguments = {arguments.begin(), arguments.end()};
  const std::vector<ToldByClient> expected{
      told_of(request), {.kind = "cancel", .id = "7"}, control, told_of(small_call())};
  for (std::size_t size = 1; size <= text.size() + 8; size = size < 80 ? size + 1 : size * 3) {
    EXPECT_EQ(read(text, size), expected) << "pieces of " << size;
  }
}

TEST(ClientMessages, LeaveTheTextAsItWasWhereACallIsTooLong) {
  const std::string whole = text_of(small_call());
  std::string text = "before\n";
  EXPECT_FALSE(append_call(text, small_call(), whole.size() - 1));
  EXPECT_EQ(text, "before\n");
  EXPECT_TRUE(append_call(text, small_call(), whole.size()));
  EXPECT_EQ(text, "before\n" + whole);
}

TEST(ClientMessages, HaveOneLimitOnBothSides) {
  const std::string input(5000, '\n');
  CallRequest request = small_call();
  request.input = input;
  const std::size_t size = text_of(request).size();
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{100}, size + 8}) {
    EXPECT_EQ(read(text_of(request), pieces, size), std::vector<ToldByClient>{told_of(request)});
    const ToldByClient refused{
        .kind = "refused",
        .id = "7",
        .word = "the request is longer than " + std::to_string(size - 1) + " bytes"};
    EXPECT_EQ(read(text_of(request), pieces, size - 1), std::vector<ToldByClient>{refused});
  }
}

TEST(ClientMessages, SayATimeThatFits) {
  CallRequest request = small_call();
  request.time_left = milliseconds(-5);
  EXPECT_THAT(text_of(request), ::testing::StartsWith("request 7 dset 0\n"));
  request.time_left = milliseconds::max();
  EXPECT_THAT(text_of(request), ::testing::StartsWith("request 7 dset 2147483647\n"));
  EXPECT_EQ(read(text_of(request), 1000).front().time_left, milliseconds(kMostMilliseconds));
}

}  // namespace
}  // namespace kamexec::service
