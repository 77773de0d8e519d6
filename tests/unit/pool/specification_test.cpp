// SPDX-License-Identifier: GPL-2.0-or-later
// The document's exchange, byte for byte, through the code.
#include <gtest/gtest.h>

#include <array>

#include "pool/reply_reader.h"
#include "pool/worker_hello.h"
#include "pool/worker_request.h"
#include "support/documented_exchange.h"

namespace kamexec::pool {
namespace {

using std::chrono::milliseconds;

class Specification : public ::testing::Test {
 protected:
  void SetUp() override {
    turns_ = test::documented_exchange(KAMEXEC_WORKER_PROTOCOL);
    ASSERT_EQ(turns_.size(), 8u) << "hello and three calls";
  }

  static std::string request_text(const RequestId& id, std::string_view call,
                                  std::span<const std::string_view> arguments, int left) {
    WorkerRequest request;
    request.call = call;
    request.arguments = arguments;
    std::string text;
    EXPECT_TRUE(append_request(text, request, id.text(), {}, milliseconds(left), 1 << 20));
    return text;
  }

  static ReplyReader read(const RequestId& id, const std::string& bytes) {
    ReplyReader reader(1 << 20);
    reader.expect(id);
    EXPECT_EQ(reader.read(bytes), ReplyReader::State::complete) << reader.problem();
    EXPECT_FALSE(reader.has_surplus());
    return reader;
  }

  std::vector<test::Turn> turns_;
};

TEST_F(Specification, BeginsWithOurHello) {
  EXPECT_EQ(turns_[0].bytes, server_hello());
  ASSERT_EQ(turns_[1].bytes, "hello 1\n");
  EXPECT_TRUE(read_worker_hello("hello 1"));
}

TEST_F(Specification, ShowsACallThatWentWell) {
  const RequestId id(0x5f0c8a1e92d47b36);
  const std::array<std::string_view, 1> arguments{"4930123456"};
  EXPECT_EQ(turns_[2].bytes, request_text(id, "dset", arguments, 200));
  ReplyReader reply = read(id, turns_[3].bytes);
  EXPECT_EQ(reply.kind(), ReplyReader::Kind::reply);
  EXPECT_EQ(reply.status(), 0);
  EXPECT_EQ(reply.output(), "sip:4930123456@gw1.example.net\nsip:4930123456@gw2.example.net\n");
}

TEST_F(Specification, ShowsANo) {
  const RequestId id(0x0d61b7f3c2a98e54);
  const std::array<std::string_view, 2> arguments{"49\r\nX: 100%", " M\xc3\xbcller "};
  EXPECT_EQ(turns_[4].bytes, request_text(id, "avp", arguments, 187));
  ReplyReader reply = read(id, turns_[5].bytes);
  EXPECT_EQ(reply.kind(), ReplyReader::Kind::reply);
  EXPECT_EQ(reply.status(), 1);
  EXPECT_EQ(reply.output(), "no route\n");
}

TEST_F(Specification, ShowsAFailure) {
  const RequestId id(0xb3e95c07d8164fa2);
  EXPECT_EQ(turns_[6].bytes, request_text(id, "run", {}, 0));
  ReplyReader reply = read(id, turns_[7].bytes);
  EXPECT_EQ(reply.kind(), ReplyReader::Kind::error);
  EXPECT_EQ(reply.error_text(), "no number was given");
}

}  // namespace
}  // namespace kamexec::pool
