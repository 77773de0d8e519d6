// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/reply_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::pool {
namespace {

using namespace std::string_literals;
using State = ReplyReader::State;
using ::testing::HasSubstr;

constexpr std::size_t kLimit = 64;
const RequestId kId(0xabcdef);
const std::string kName(kId.text());
const RequestId kOther(0xabcdee);

ReplyReader read_whole(const std::string& bytes) {
  ReplyReader reader(kLimit);
  reader.expect(kId);
  reader.read(bytes);
  return reader;
}

ReplyReader read_byte_by_byte(const std::string& bytes) {
  ReplyReader reader(kLimit);
  reader.expect(kId);
  for (const char byte : bytes) {
    reader.read({&byte, 1});
  }
  return reader;
}

std::string reply(const std::string& status, const std::string& lines) {
  return "reply " + kName + " " + status + "\n" + lines + "end " + kName + "\n";
}

struct Good {
  std::string bytes;
  int status;
  std::string output;
};

const Good kGood[] = {
    {reply("0", ""), 0, ""},
    {reply("0", "line sip:a@b\n"), 0, "sip:a@b\n"},
    {reply("1", "line no route\n"), 1, "no route\n"},
    {reply("255", "line a\nline b\n"), 255, "a\nb\n"},
    {reply("0", "line\nline \nline  x \n"), 0, "\n\n x \n"},
    {reply("0", "line a%0Ab%25%00\n"), 0, "a\nb%\0\n"s},
    {reply("0", "line caf\xc3\xa9 \xff\t\r\n"), 0, "caf\xc3\xa9 \xff\t\r\n"},
    {reply("0", "line a\0b\n"s), 0, "a\0b\n"s},
    {reply("0", "line " + std::string(kLimit - 1, 'x') + "\n"), 0,
     std::string(kLimit - 1, 'x') + "\n"},
    {reply("007", "line end " + kName + "\n"), 7, "end " + kName + "\n"},
};

TEST(ReplyReader, ReadsReplies) {
  for (const Good& one : kGood) {
    for (const auto read : {read_whole, read_byte_by_byte}) {
      ReplyReader reader = read(one.bytes);
      EXPECT_EQ(reader.state(), State::complete) << one.bytes << reader.problem();
      EXPECT_EQ(reader.kind(), ReplyReader::Kind::reply);
      EXPECT_EQ(reader.status(), one.status);
      EXPECT_EQ(reader.output(), one.output);
      EXPECT_FALSE(reader.has_surplus());
    }
  }
}

TEST(ReplyReader, WaitsForTheLastByte) {
  for (const Good& one : kGood) {
    ReplyReader reader(kLimit);
    reader.expect(kId);
    EXPECT_EQ(reader.read({one.bytes.data(), one.bytes.size() - 1}), State::incomplete);
    EXPECT_EQ(reader.read("\n"), State::complete);
  }
}

TEST(ReplyReader, TellsAFailureFromANo) {
  for (const auto read : {read_whole, read_byte_by_byte}) {
    ReplyReader reader = read("error " + kName + " database is away: 100%25\n");
    EXPECT_EQ(reader.state(), State::complete);
    EXPECT_EQ(reader.kind(), ReplyReader::Kind::error);
    EXPECT_EQ(reader.error_text(), "database is away: 100%");
    EXPECT_EQ(reader.output(), "");
  }
  EXPECT_EQ(read_whole("error " + kName + "\n").state(), State::complete);
}

TEST(ReplyReader, KeepsAnErrorsTextShortAndPrintable) {
  ReplyReader reader =
      read_whole("error " + kName + " " + "a%0Ab\x1b\xff" + std::string(2000, 'x') + "\n");
  EXPECT_EQ(reader.state(), State::complete);
  EXPECT_EQ(reader.error_text(), "a?b??" + std::string(1019, 'x'));
}

struct Bad {
  std::string bytes;
  std::string_view problem;
};

const Bad kBad[] = {
    {"\n", "not a reply"},
    {"hello\n", "not a reply: \"hello\""},
    {"Reply " + kName + " 0\n", "not a reply"},
    {"reply\n", "another request"},
    {"reply " + std::string(kOther.text()) + " 0\n", "another request"},
    {"reply " + kName + "0 0\n", "another request"},
    {"reply  " + kName + " 0\n", "another request"},
    {"error " + std::string(kOther.text()) + " x\n", "another request"},
    {"reply " + kName + "\n", "without a status"},
    {"reply " + kName + " \n", "without a status"},
    {"reply " + kName + " 256\n", "without a status"},
    {"reply " + kName + " -1\n", "without a status"},
    {"reply " + kName + " ok\n", "without a status"},
    {"reply " + kName + " 0 \n", "without a status"},
    {"reply " + kName + " 0\r\n", "without a status"},
    {reply("0", "linesip:a@b\n"), "neither a line nor the end"},
    {reply("0", "\n"), "neither a line nor the end"},
    {reply("0", reply("0", "")), "neither a line nor the end"},
    {reply("0", "end\n"), "another request"},
    {reply("0", "end " + std::string(kOther.text()) + "\n"), "another request"},
    {"reply " + kName + " 0\nend " + kName + " \n", "another request"},
    {reply("0", "line 100%\n"), "two hexadecimal digits"},
    {reply("0", "line %zz\n"), "two hexadecimal digits"},
    {"error " + kName + " %\n", "two hexadecimal digits"},
    {reply("0", "line " + std::string(kLimit, 'x') + "\n"), "more than the limit of 64 bytes"},
    {reply("0", std::string(5 * kLimit, '\n')), "neither"},
    {std::string(100'000, 'x'), "line longer"},
};

TEST(ReplyReader, RefusesWhatIsNoReplyToThisRequest) {
  for (const Bad& one : kBad) {
    for (const auto read : {read_whole, read_byte_by_byte}) {
      ReplyReader reader = read(one.bytes);
      EXPECT_EQ(reader.state(), State::invalid) << one.bytes.substr(0, 200);
      EXPECT_THAT(reader.problem(), HasSubstr(one.problem));
      EXPECT_LT(reader.problem().size(), 300u);
      EXPECT_EQ(reader.output(), "");
    }
  }
}

TEST(ReplyReader, CountsManySmallLinesToo) {
  std::string lines;
  for (std::size_t i = 0; i <= kLimit; ++i) {
    lines += "line\n";
  }
  EXPECT_THAT(read_whole(reply("0", lines)).problem(), HasSubstr("limit of 64 bytes"));
}

TEST(ReplyReader, StaysInvalid) {
  ReplyReader reader = read_whole("nonsense\n");
  EXPECT_EQ(reader.read(reply("0", "line sip:a@b\n")), State::invalid);
}

TEST(ReplyReader, SeesWhatComesAfterTheEnd) {
  ReplyReader reader = read_whole(reply("0", "line a\n") + "line b\n");
  EXPECT_EQ(reader.state(), State::complete);
  EXPECT_EQ(reader.output(), "a\n");
  EXPECT_TRUE(reader.has_surplus());
  EXPECT_TRUE(read_byte_by_byte(reply("0", "") + "x").has_surplus());
  EXPECT_TRUE(read_whole("error " + kName + " x\n\n").has_surplus());
}

TEST(ReplyReader, StartsAnewForTheNextRequest) {
  ReplyReader reader = read_whole("reply " + kName + " 3\nline rest of");
  reader.expect(kOther);
  const std::string text(kOther.text());
  EXPECT_EQ(reader.read("reply " + text + " 0\nline new\nend " + text + "\n"), State::complete);
  EXPECT_EQ(reader.output(), "new\n");
  EXPECT_EQ(reader.status(), 0);
}

TEST(ReplyReader, ReadsNothingBeforeItExpectsSomething) {
  ReplyReader reader(kLimit);
  EXPECT_EQ(reader.read(reply("0", "")), State::invalid);
}

}  // namespace
}  // namespace kamexec::pool
