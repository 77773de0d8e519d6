// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/sip_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

using testing::HasSubstr;

const std::string kRest =
    "f: \"A <x>\" <sip:a@b>;tag=ft\r\nTo: <sip:c@d> ; tag = tt\r\ni: id\r\nCSeq: 0007 INVITE\r\n";

std::string request(const std::string& more, const std::string& rest = kRest) {
  return "INVITE sip:u@h SIP/2.0\r\nVia: SIP/2.0/UDP h:5;branch=z9hG4bK1\r\n" + rest + more +
         "\r\n";
}

SipMessage good(const std::string& bytes) {
  Result<SipMessage> read = SipMessage::read(bytes, {"192.0.2.1", 5070});
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? std::move(*read) : std::move(*SipMessage::read(request(""), {}));
}

std::string error_of(const std::string& bytes) {
  const Result<SipMessage> read = SipMessage::read(bytes, {});
  return read ? "none" : read.error().message;
}

TEST(SipMessage, GivesTheFactsOfARequest) {
  const SipMessage message = good(request("X: y\r\n") + "body");
  const request::RequestFacts& facts = message.facts();
  EXPECT_FALSE(facts.is_reply);
  EXPECT_EQ(facts.method, "INVITE");
  EXPECT_EQ(facts.current_uri, "sip:u@h");
  EXPECT_EQ(facts.user, "u");
  EXPECT_EQ(facts.source_ip, "192.0.2.1");
  EXPECT_EQ(facts.via_host, "h");
  EXPECT_EQ(facts.via_port, "5");
  EXPECT_EQ(facts.via_branch, "z9hG4bK1");
  EXPECT_EQ(facts.from_tag, "ft");
  EXPECT_EQ(facts.to_tag, "tt");
  EXPECT_EQ(facts.call_id, "id");
  EXPECT_EQ(facts.cseq_number, "0007");
  EXPECT_EQ(message.body(), "body");
  ASSERT_TRUE(message.from());
  EXPECT_EQ(message.from()->display, "\"A <x>\"");
  EXPECT_EQ(message.from()->uri, "sip:a@b");
}

TEST(SipMessage, KeepsHeadersInOrderAsWritten) {
  const SipMessage message =
      good(request("Route: <sip:a>, <sip:b>\r\nx-a: one\r\n two \r\nX-A:\r\nEmpty:   \r\n"));
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  for (const request::HeaderField& header : message.facts().headers) {
    headers.emplace_back(header.name, header.body);
  }
  EXPECT_EQ(headers.front().first, "Via");
  using Headers = std::vector<std::pair<std::string_view, std::string_view>>;
  EXPECT_EQ(
      Headers(headers.end() - 4, headers.end()),
      (Headers{
          {"Route", "<sip:a>, <sip:b>"}, {"x-a", "one\r\n two "}, {"X-A", ""}, {"Empty", ""}}));
}

TEST(SipMessage, KeepsItsViewsWhenItMoves) {
  SipMessage first = good(request(""));
  const SipMessage second = std::move(first);
  EXPECT_EQ(second.facts().method, "INVITE");
  EXPECT_EQ(second.facts().source_ip, "192.0.2.1");
}

TEST(SipMessage, ReadsAReply) {
  const SipMessage message =
      good("SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP h;branch=1\r\n" + kRest + "\r\n");
  EXPECT_TRUE(message.facts().is_reply);
  EXPECT_EQ(message.status(), "486");
  EXPECT_EQ(message.reason(), "Busy Here");
  EXPECT_TRUE(message.facts().current_uri.empty());
}

TEST(SipMessage, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of("hello\r\n\r\n"), HasSubstr("not a SIP message"));
  EXPECT_THAT(error_of("INVITE nothing SIP/2.0\r\n\r\n"), HasSubstr("the R-URI"));
  EXPECT_THAT(error_of("INVITE sip:a SIP/2.0\r\n" + kRest + "\r\n"), HasSubstr("no Via"));
  EXPECT_THAT(error_of(request("no header\r\n")), HasSubstr("name: value"));
  EXPECT_THAT(error_of(request("From: <sip:x@y>\r\n")), HasSubstr("2 From"));
  EXPECT_THAT(error_of(request("", "To: <sip:x@y>\r\ni: 1\r\nCSeq: 1 A\r\n")),
              HasSubstr("no From"));
  EXPECT_THAT(error_of(request("", "f: <sip:a@b>\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1\r\n A\r\n")),
              HasSubstr("folded"));
}

}  // namespace
}  // namespace kamexec::tool
