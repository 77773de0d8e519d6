// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon reads of a client that does wrong, or something new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/client_messages.h"
#include "told.h"

namespace kamexec::service {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

constexpr std::size_t kLimit = 2000;

std::string request(const std::string& lines) {
  return "request 7 dset 200\n" + lines + "end 7\n";
}

std::string request_of_lcr(const std::string& lines) {
  return request("program lcr\n" + lines);
}

struct Reading {
  std::string problem;
  std::vector<ToldByClient> told;
};

Reading read(const std::string& bytes, std::size_t size) {
  ClientReader reader(kLimit);
  ClientRecord record;
  Reading reading;
  reading.problem = read_in_pieces(reader, bytes, size, record);
  reading.told = record.told();
  return reading;
}

struct Bad {
  std::string bytes;
  std::string_view problem;
};

const Bad kBadHellos[] = {
    {"\n", "began with no hello: \"\""},
    {"Hello 2\n", "began with no hello"},
    {"request 7 dset 0\n", "began with no hello: \"request 7 dset 0\""},
    {"GET / HTTP/1.1\r\n", "began with no hello: \"GET / HTTP/1.1%0D\""},
    {"hello\n", "a hello without a version"},
    {"hello \n", "a hello without a version"},
    {"hello  2\n", "a hello without a version"},
    {"hello 0\n", "a hello without a version"},
    {"hello -2\n", "a hello without a version"},
    {"hello 2\r\n", "a hello without a version"},
    {"hello 99999999999\n", "a hello without a version"},
    {"hello 1\n", "a version of the protocol that no socket speaks"},
    {std::string(100'000, 'x'), "too long where no request has begun"},
    {std::string(100'000, 'x') + "\n", "too long where no request has begun"},
};

TEST(ClientReader, WantsAHelloFirst) {
  for (const Bad& one : kBadHellos) {
    for (const std::size_t size : {std::size_t{1}, one.bytes.size()}) {
      const Reading reading = read(one.bytes, size);
      EXPECT_THAT(reading.problem, HasSubstr(one.problem)) << one.bytes.substr(0, 100);
      EXPECT_TRUE(reading.told.empty());
    }
  }
}

const Bad kBad[] = {
    {"\n", "a line that begins nothing: \"\""},
    {"hello 2\n", "a line that begins nothing: \"hello 2\""},
    {"end 7\n", "a line that begins nothing"},
    {"arg x\n", "a line that begins nothing"},
    {"reply 7 0\n", "a line that begins nothing"},
    {" request 7 dset 0\n", "a line that begins nothing"},
    {"cancel\n", "a line that begins nothing"},
    {"cancel \n", "a line that begins nothing"},
    {"cancel a b\n", "a line that begins nothing"},
    {"cancel a%41\n", "a line that begins nothing"},
    {"cancel " + std::string(33, '7') + "\n", "a line that begins nothing"},
    {"request\n", "without its words"},
    {"request 7\n", "without its words"},
    {"request 7 dset\n", "without its milliseconds"},
    {"request 7 dset \n", "without its milliseconds"},
    {"request 7 dset -1\n", "without its milliseconds"},
    {"request 7 dset 1.5\n", "without its milliseconds"},
    {"request 7 dset 2147483648\n", "without its milliseconds"},
    {"request 7 dset 1 2\n", "without its milliseconds"},
    {"request  dset 1\n", "without its words"},
    {"request 7  1\n", "without its words"},
    {"request 7- dset 1\n", "without its words"},
    {"request 7\xc3\xa9 dset 1\n", "without its words"},
    {"request " + std::string(33, '7') + " dset 1\n", "without its words"},
    {"request 7 ds%65t 1\n", "without its words"},
    {"request 7 dset\t 1\n", "without its words"},
    {"request 7 " + std::string(65, 'd') + " 1\n", "without its words"},
    {"control 7\n", "without its words"},
    {"control 7 \n", "without its words"},
    {"control 7 flush all\n", "without its words"},
    {request(""), "a request without a program"},
    {request("program\n"), "no name of one"},
    {request("program \n"), "no name of one"},
    {request("program l%63r\n"), "no name of one"},
    {request("program a b\n"), "no name of one"},
    {request("program ../x\n"), "no name of one"},
    {request("program " + std::string(65, 'x') + "\n"), "no name of one"},
    {request_of_lcr("program lcr\n"), "a second program"},
    {request_of_lcr("arg 100%\n"), "two hexadecimal digits: \"arg 100%25\""},
    {request_of_lcr("arg %zz\n"), "two hexadecimal digits"},
    {request_of_lcr("uri %\n"), "two hexadecimal digits"},
    {request_of_lcr("env SIP_A=%1\n"), "two hexadecimal digits"},
    {request_of_lcr("message %%\n"), "two hexadecimal digits"},
    {request_of_lcr("input %0x\n"), "two hexadecimal digits"},
    {request_of_lcr("uri a\nuri b\n"), "a field a second time"},
    {request_of_lcr("message \nmessage \n"), "a field a second time"},
    {request_of_lcr("input a\ninput b\n"), "a field a second time"},
    {request_of_lcr("env\n"), "a variable without '='"},
    {request_of_lcr("env SIP_A\n"), "a variable without '='"},
    {request_of_lcr("env SIP_A=a%00LD_PRELOAD=b\n"), "a NUL in it"},
    {"request 7 dset 0\nprogram lcr\nend 8\n", "ended another request than it began"},
    {"request 7 dset 0\nprogram lcr\nend\n", "ended another request"},
    {"request 7 dset 0\nprogram lcr\nend 7 \n", "ended another request"},
    {std::string(100'000, 'x'), "too long where no request has begun"},
    {"cancel " + std::string(100'000, 'x') + "\n", "too long where no request has begun"},
};

TEST(ClientReader, RefusesAPeerThatIsOutOfStep) {
  for (const Bad& one : kBad) {
    const std::string bytes = "hello 2\n" + one.bytes;
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
      const Reading reading = read(bytes, size);
      EXPECT_THAT(reading.problem, HasSubstr(one.problem)) << one.bytes.substr(0, 100);
      EXPECT_LT(reading.problem.size(), 300U);
      EXPECT_EQ(reading.told.size(), 1U) << "the hello alone: " << one.bytes.substr(0, 100);
    }
  }
}

TEST(ClientReader, TellsWhatCameBeforeTheFault) {
  ClientReader reader(kLimit);
  ClientRecord record;
  const std::string bytes = "hello 2\n" + request_of_lcr("") + "nonsense\n" + request_of_lcr("");
  EXPECT_FALSE(reader.read(bytes, record));
  ASSERT_EQ(record.told().size(), 2U);
  EXPECT_EQ(record.told()[1].kind, "call");
  const auto again = reader.read(request_of_lcr(""), record);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "is out of step since an earlier fault");
  EXPECT_EQ(record.told().size(), 2U);
}

TEST(ClientReader, LeavesOutWhatALaterVersionSends) {
  const Reading reading = read(
      "hello 3 zstd\n" + request_of_lcr("trace 1\n\nprog x\nargument a\narg yes\nENV x\nend7 x\n") +
          "control 8 status\nprogram x\nuri y\nverbose %\nend 8\n",
      5);
  EXPECT_EQ(reading.problem, "");
  ASSERT_EQ(reading.told.size(), 3U);
  EXPECT_EQ(reading.told[0].word, "3");
  EXPECT_EQ(reading.told[1].arguments, std::vector<std::string>{"yes"});
  EXPECT_EQ(reading.told[2].kind, "control");
  EXPECT_EQ(reading.told[2].program, "");
}

TEST(ClientReader, TakesEscapesOfEitherCaseAndBareBytes) {
  const Reading reading =
      read("hello 2\n" + request_of_lcr("arg %c3%C3\xc3 \t\r\narg  x \narg\narg a\0b\n"s), 1);
  EXPECT_EQ(reading.problem, "");
  ASSERT_EQ(reading.told.size(), 2U);
  EXPECT_EQ(reading.told[1].arguments,
            (std::vector<std::string>{"\xc3\xc3\xc3 \t\r", " x ", "", "a\0b"s}));
}

struct Refused {
  std::string lines;
  std::string_view why;
};

std::string many_arguments() {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) {
    lines += "arg\n";
  }
  return lines;
}

const Refused kRefused[] = {
    {"program lcr\narg " + std::string(kLimit, 'x') + "\n", "longer than 2000 bytes"},
    {"program lcr\narg " + std::string(1'000'000, 'x') + "\n", "longer than 2000 bytes"},
    {"program lcr\n" + many_arguments(), "longer than 2000 bytes"},
    {"unknown " + std::string(kLimit, 'x') + "\nprogram lcr\n", "longer than 2000 bytes"},
    {"program lcr\narg " + std::string(kLimit, 'x') + "\narg %\nprogram ?\nend of it\n",
     "longer than 2000 bytes"},
    {"program lcr\nenv LD_PRELOAD=/tmp/x.so\n", "begin with SIP_ are taken, not \"LD_PRELOAD\""},
    {"program lcr\nenv =x\n", "are taken, not \"\""},
    {"program lcr\nenv sip_a=x\narg %\n", "are taken, not \"sip_a\""},
    {"program lcr\nenv BASH_FUNC_x%25%25=() {\n", "are taken, not \"BASH_FUNC_x%25%25\""},
};

TEST(ClientReader, TellsOfARequestThatCannotBeTakenAndGoesOn) {
  for (const Refused& one : kRefused) {
    // A line that begins with "end" and isn't the end is out of step in every request.
    const bool has_other_end = one.lines.find("\nend of") != one.lines.npos;
    const std::string bytes = "hello 2\n" + request(one.lines) + request_of_lcr("arg next\n");
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, bytes.size()}) {
      const Reading reading = read(bytes, size);
      if (has_other_end) {
        EXPECT_THAT(reading.problem, HasSubstr("ended another request"));
        continue;
      }
      EXPECT_EQ(reading.problem, "");
      ASSERT_EQ(reading.told.size(), 3U) << one.lines.substr(0, 100);
      EXPECT_EQ(reading.told[1].kind, "refused");
      EXPECT_EQ(reading.told[1].id, "7");
      EXPECT_THAT(reading.told[1].word, HasSubstr(one.why));
      EXPECT_EQ(reading.told[2].arguments, std::vector<std::string>{"next"});
    }
  }
}

TEST(ClientReader, BoundsTheNumberOfArguments) {
  ClientReader reader(std::size_t{1} << 20);
  ClientRecord record;
  const std::string bytes = "hello 2\n" + request_of_lcr(many_arguments());
  EXPECT_TRUE(reader.read(bytes, record));
  ASSERT_EQ(record.told().size(), 2U);
  EXPECT_EQ(record.told()[1].word, "the request has more than 4096 arguments");
}

TEST(ClientReader, KnowsWhetherAMessageHasBegun) {
  ClientReader reader(kLimit);
  ClientRecord record;
  const auto in_message_after = [&](const std::string& bytes) {
    EXPECT_TRUE(reader.read(bytes, record));
    return reader.in_message();
  };
  EXPECT_FALSE(reader.in_message());
  EXPECT_TRUE(in_message_after("hel"));
  EXPECT_FALSE(in_message_after("lo 2\n"));
  EXPECT_TRUE(in_message_after("request 7 dset 200\n"));
  EXPECT_TRUE(in_message_after("program lcr\n"));
  EXPECT_TRUE(in_message_after("end 7"));
  EXPECT_FALSE(in_message_after("\n"));
  EXPECT_FALSE(in_message_after(request_of_lcr("")));
  EXPECT_TRUE(in_message_after("cancel "));
  EXPECT_FALSE(in_message_after("7\n"));
}

TEST(ClientReader, MayBeMoved) {
  ClientRecord record;
  ClientReader first(kLimit);
  EXPECT_TRUE(first.read("hello 2\nrequest 7 dset 200\nprogram l", record));
  ClientReader second(std::move(first));
  EXPECT_TRUE(second.read("cr\nend 7\n", record));
  ASSERT_EQ(record.told().size(), 2U);
  EXPECT_EQ(record.told()[1].program, "lcr");
}

}  // namespace
}  // namespace kamexec::service
