// SPDX-License-Identifier: GPL-2.0-or-later
// A call is read as it was written, and what is none is told in words.
#include "fleet/call_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "pool/words.h"

namespace kamexec::fleet {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kMost = std::size_t{1} << 20;

service::CallRequest whole_call() {
  static constexpr std::array kArguments{"49 30"sv, ""sv, " a\nend 7 \0x"sv};
  service::CallRequest request;
  request.id = "7";
  request.call = "dset";
  request.time_left = milliseconds(200);
  request.program = "lcr";
  request.arguments = kArguments;
  request.uri = "sip:a@example.net";
  request.variables = "SIP_RURI=sip:a@b\0SIP_HF_X=1=2\0"sv;
  request.message = "INVITE sip:a SIP/2.0\r\n\r\n\xff";
  request.input = "in\0put"sv;
  return request;
}

std::string text_of(const service::CallRequest& request, std::uint32_t attempt = 0) {
  std::string text;
  EXPECT_TRUE(append_call(text, request, attempt, kMost));
  return text;
}

std::string fault_of(std::string_view payload) {
  ReceivedCall call;
  const Result<void> read = read_call(payload, call);
  return read ? "" : read.error().message;
}

TEST(CallMessage, IsWrittenAsTheProtocolSays) {
  service::CallRequest request;
  static constexpr std::array kArguments{"4930"sv};
  request.id = "a1";
  request.call = "avp";
  request.time_left = milliseconds(187);
  request.program = "lcr";
  request.arguments = kArguments;
  request.input = "x\ny";
  EXPECT_EQ(text_of(request, 3), "request a1 avp 187\nattempt 3\narg 4930\ninput x%0Ay\nend a1\n");
}

TEST(CallMessage, IsReadAsItWasWritten) {
  const service::CallRequest sent = whole_call();
  ReceivedCall call;
  ASSERT_TRUE(read_call(text_of(sent, 4'000'000'000), call));
  const service::CallRequest& got = call.request();
  EXPECT_EQ(got.id, "7");
  EXPECT_EQ(got.call, "dset");
  EXPECT_EQ(got.time_left, milliseconds(200));
  EXPECT_EQ(got.program, "");
  EXPECT_THAT(got.arguments, ElementsAre("49 30", "", " a\nend 7 \0x"sv));
  EXPECT_EQ(got.uri, sent.uri);
  EXPECT_EQ(got.variables, sent.variables);
  EXPECT_EQ(got.message, sent.message);
  EXPECT_EQ(got.input, sent.input);
  EXPECT_EQ(call.attempt(), 4'000'000'000);
}

TEST(CallMessage, NothingOfAnEarlierOneIsLeft) {
  ReceivedCall call;
  ASSERT_TRUE(read_call(text_of(whole_call(), 2), call));
  ASSERT_FALSE(read_call("request 8 run 0\narg half\n", call));
  ASSERT_TRUE(read_call("request 9 run 0\nend 9\n", call));
  const service::CallRequest& got = call.request();
  EXPECT_EQ(got.id, "9");
  EXPECT_TRUE(got.arguments.empty() && got.uri.empty() && got.variables.empty());
  EXPECT_TRUE(got.message.empty() && got.input.empty());
  EXPECT_EQ(call.attempt(), 0U);
}

TEST(CallMessage, ThatIsTooLongIsTakenBack) {
  std::string text = "before";
  const std::size_t size = text_of(whole_call()).size();
  EXPECT_FALSE(append_call(text, whole_call(), 0, size - 1));
  EXPECT_EQ(text, "before");
  EXPECT_TRUE(append_call(text, whole_call(), 0, size));
}

TEST(CallMessage, PassesOverFieldsOfLaterVersions) {
  ReceivedCall call;
  ASSERT_TRUE(read_call("request 9 run 5\nprogram other\ncolour red\narg x\nend 9\n", call));
  EXPECT_EQ(call.request().program, "");
  EXPECT_THAT(call.request().arguments, ElementsAre("x"));
}

TEST(CallMessage, ThatIsNoneIsToldInWords) {
  const std::array<std::pair<std::string, std::string>, 14> faults{{
      {"", "the caller sent a call without its end"},
      {"\n", "the caller sent a call that begins with no request"},
      {"arg x\n", "the caller sent a call that begins with no request"},
      {"request 7 dset 200\n", "without its end"},
      {"request 7 dset 200\nend 7", "without its end"},
      {"request 7 dset 200\nend 8\n", "the caller sent an end that isn't its call's"},
      {"request 7 dset 200\nend 7\nend 7\n", "an end that isn't its call's"},
      {"request 7 dset\nend 7\n", "without its milliseconds"},
      {"request 7* dset 1\nend 7*\n", "without its words"},
      {"request 7 dset 1\nattempt 0\nend 7\n", "an attempt without its number"},
      {"request 7 dset 1\nattempt 1\nattempt 2\nend 7\n", "a field a second time"},
      {"request 7 dset 1\nuri a\nuri b\nend 7\n", "a field a second time"},
      {"request 7 dset 1\narg %4\nend 7\n", "not followed by two hexadecimal digits"},
      {"request 7 dset 1\nenv LD_PRELOAD=/x\nend 7\n",
       "only variables whose names begin with SIP_"},
  }};
  for (const auto& [payload, words] : faults) {
    EXPECT_THAT(fault_of(payload), HasSubstr(words)) << payload;
  }
}

TEST(CallMessage, TellsAStrangersBytesInPrintableAscii) {
  const std::string fault = fault_of("\x1b[2J\xff\0\n"s);
  EXPECT_THAT(fault, HasSubstr("begins with no request"));
  EXPECT_TRUE(std::all_of(fault.begin(), fault.end(), [](char c) { return c >= ' ' && c <= '~'; }))
      << fault;
}

TEST(CallMessage, HasNoMoreArgumentsThanMayBe) {
  std::string payload = "request 7 run 0\n";
  for (std::size_t i = 0; i < service::kMostArguments; ++i) {
    payload += "arg \n";
  }
  EXPECT_EQ(fault_of(payload + "end 7\n"), "");
  EXPECT_THAT(fault_of(payload + "arg \nend 7\n"), HasSubstr("more than 4096 arguments"));
}

TEST(CallMessage, TellsTheIdOfOneThatCantBeRead) {
  EXPECT_EQ(id_of("request 7f dset 200\narg %"), "7f");
  EXPECT_EQ(id_of("request 7f"), "7f");
  EXPECT_EQ(id_of("request 7f* dset 200\n"), "");
  EXPECT_EQ(id_of("request "), "");
  EXPECT_EQ(id_of("arg 7\nrequest 7 dset 1\n"), "");
  EXPECT_EQ(id_of(std::string("request ") + std::string(33, 'a') + "\n"), "");
}

TEST(CancelMessage, IsReadAsItWasWritten) {
  std::string text;
  append_cancel(text, "0123abcd");
  EXPECT_EQ(text, "cancel 0123abcd\n");
  EXPECT_EQ(read_cancel(text).value(), "0123abcd");
  EXPECT_EQ(read_cancel("cancel 0123abcd").value(), "0123abcd");
  for (const std::string_view fault :
       {""sv, "\n"sv, "cancel"sv, "cancel \n"sv, "cancel 1 2\n"sv, "cancel 1\n\n"sv, "cancel *\n"sv,
        "cancel 1\0\n"sv, "request 1 a 0\nend 1\n"sv}) {
    EXPECT_FALSE(read_cancel(fault)) << fault;
  }
}

}  // namespace
}  // namespace kamexec::fleet
