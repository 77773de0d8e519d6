// SPDX-License-Identifier: GPL-2.0-or-later
// What may come in the place of an answer of JetStream's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nats/jetstream_answers.h"
#include "nats/jetstream_config.h"
#include "nats/jetstream_delivery.h"

namespace kamexec::nats {
namespace {

TEST(JetStreamAnswers, WhatCantBeReadIsUnknown) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("\xff\xfe"),
        std::string("{\"stream\":\"notes\"}"), std::string("{\"stream\":\"notes\",\"seq\":-1}"),
        std::string("{\"stream\":\"notes\",\"seq\":1e99}"), std::string("{\"stream\":7,\"seq\":1}"),
        std::string("{\"error\":7}"),
        std::string("{\"stream\":\"x\",\"seq\":1,\"a\":") + std::string(100'000, '[') +
            std::string(100'000, ']') + "}"}) {
    const auto read = read_published(text);
    ASSERT_FALSE(read) << text.substr(0, 50);
    EXPECT_EQ(read.error().fault, StreamFault::unknown) << text.substr(0, 50);
    EXPECT_FALSE(read_state(text));
    EXPECT_FALSE(read_message(text));
    EXPECT_FALSE(read_success(text));
    EXPECT_FALSE(read_stream(text, {}));
    EXPECT_FALSE(read_consumer(text, "notes", {}));
  }
}

TEST(JetStreamAnswers, FieldsOfAnotherKindAreAsIfAbsent) {
  const auto state = read_state(
      R"({"state":{"messages":"7","bytes":-1,"first_seq":1.5,"last_seq":18446744073709551615,
          "first_ts":7,"subjects":{"a":"b","c":2}}})");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->messages, 0U);
  EXPECT_EQ(state->bytes, 0U);
  EXPECT_EQ(state->last, 18446744073709551615U);
  EXPECT_EQ(state->by_subject.size(), 1U);
  EXPECT_TRUE(read_state(R"({"state":[]})"));
}

TEST(JetStreamAnswers, Errors) {
  const auto fault = [](int status, int code) {
    return read_published("{\"error\":{\"code\":" + std::to_string(status) +
                          ",\"err_code\":" + std::to_string(code) +
                          ",\"description\":\"a\\nb\"},\"stream\":\"s\",\"seq\":0}")
        .error();
  };
  EXPECT_EQ(fault(503, 10077).fault, StreamFault::full);
  EXPECT_EQ(fault(503, 10047).fault, StreamFault::full);
  EXPECT_EQ(fault(400, 10054).fault, StreamFault::too_large);
  EXPECT_EQ(fault(404, 10059).fault, StreamFault::absent);
  EXPECT_EQ(fault(503, 10008).fault, StreamFault::unavailable);
  EXPECT_EQ(fault(400, 10060).fault, StreamFault::refused);
  EXPECT_EQ(fault(400, 10060).code, 10060);
  EXPECT_EQ(fault(400, 10060).detail.find('\n'), std::string::npos);
}

TEST(JetStreamAnswers, Messages) {
  const auto payload = [](const std::string& data) {
    const auto read = read_message(R"({"message":{"subject":"a","seq":1,"data":")" + data + "\"}}");
    return read ? read->payload : "(" + read.error().detail + ")";
  };
  EXPECT_EQ(payload(""), "");
  EXPECT_EQ(payload("YQ=="), "a");
  EXPECT_EQ(payload("YWI="), "ab");
  EXPECT_EQ(payload("YWJj"), "abc");
  for (const char* bad : {"YWJ", "Y===", "====", "Y\\n=="}) {
    EXPECT_THAT(payload(bad), testing::StartsWith("(the answer of JetStream can't be read"));
  }
  const auto read = read_message(
      R"({"message":{"subject":"a","seq":1,"hdrs":"TkFUUy8xLjANCkE6IDENCkI6Mg0KQm9ndXMNCg0K"}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header("A"), "1");
  EXPECT_EQ(read->header("B"), "2");
  EXPECT_EQ(read->header("C"), "");
}

TEST(JetStreamAnswers, Times) {
  using namespace std::chrono;
  const auto time = read_time("2026-01-31T23:59:58.000000001Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(*time, StreamTime(sys_days(year(2026) / January / 31)) + hours(23) + minutes(59) +
                       seconds(58) + nanoseconds(1));
  EXPECT_EQ(*read_time("1970-01-01T00:00:00.5Z"), StreamTime(milliseconds(500)));
  EXPECT_EQ(*read_time("1970-01-01T00:00:00Z"), StreamTime());
  for (const char* bad :
       {"", "Z", "2026-01-31T23:59:58", "2026-02-30T00:00:00Z", "2026-01-31 23:59:58Z",
        "2026-01-31T24:00:00Z", "2026-01-31T23:59:58.1234567890Z", "2026-01-31T23:59:58.1x2Z",
        "-026-01-31T23:59:58Z", "2026-01-31T23:59:58.+1Z", "9999-01-31T23:59:58Z",
        "0001-01-01T00:00:00Z"}) {
    EXPECT_FALSE(read_time(bad)) << bad;
  }
}

class Came final : public Incoming {
 public:
  std::string reply_text;
  std::string status;
  std::string payload_text;
  [[nodiscard]] std::string_view subject() const override { return "own"; }
  [[nodiscard]] std::string_view reply() const override { return reply_text; }
  [[nodiscard]] std::string_view payload() const override { return payload_text; }
  [[nodiscard]] std::string_view header(const char* name) const override {
    return std::string_view(name) == "Status" ? std::string_view(status) : std::string_view();
  }
};

TEST(JetStreamAnswers, AStrangersMessageIsNoDelivery) {
  Came came;
  for (const char* reply : {"", "$JS.API.STREAM.DELETE.notes", "$JS.ACK.notes.bill.1.1.1.1",
                            "$JS.ACK", "$JS.ACK.others.bill.1.1.1.1.0",
                            "$JS.ACK.notes.others.1.1.1.1.0", "$JS.ACK.notes.bill.0.1.1.1.0",
                            "$JS.ACK.notes.bill.1x.1.1.1.0", "$JS.ACK.notes.bill.1.1.1.1.0.x",
                            "$JS.ACK.a.b.c.d.e.f.g.h.i.j.k.l.m", "kx.call.notes.bill.1.1.1.1.0"}) {
    came.reply_text = reply;
    EXPECT_FALSE(delivery_of(came, "notes", "bill")) << reply;
  }
  came.reply_text = "$JS.ACK.notes.bill.3.4.5.6.7";
  const auto plain = delivery_of(came, "notes", "bill");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->delivered, 3U);
  EXPECT_EQ(plain->stream_sequence, 4U);
  EXPECT_EQ(plain->consumer_sequence, 5U);
  EXPECT_EQ(plain->pending, 7U);
  for (const char* reply : {"$JS.ACK.domain.hash.notes.bill.3.4.5.6.7",
                            "$JS.ACK.domain.hash.notes.bill.3.4.5.6.7.random"}) {
    came.reply_text = reply;
    const auto delivery = delivery_of(came, "notes", "bill");
    ASSERT_TRUE(delivery) << reply;
    EXPECT_EQ(delivery->delivered, 3U);
    EXPECT_EQ(delivery->pending, 7U);
  }
}

TEST(JetStreamAnswers, EndsOfPulls) {
  Came came;
  EXPECT_FALSE(pull_end_of(came));
  came.status = "408";
  EXPECT_EQ(pull_end_of(came)->status, 408);
  came.status = "4o8";
  EXPECT_FALSE(pull_end_of(came));
  came.status = "408";
  came.payload_text = "a message with such a header";
  EXPECT_FALSE(pull_end_of(came));
}

}  // namespace
}  // namespace kamexec::nats
