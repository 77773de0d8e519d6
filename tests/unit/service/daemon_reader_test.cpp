// SPDX-License-Identifier: GPL-2.0-or-later
// What a client reads of a daemon that does wrong, or something new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/daemon_messages.h"
#include "told.h"

namespace kamexec::service {
namespace {

using process::Cause;
using ::testing::HasSubstr;

constexpr std::size_t kLimit = 64;

struct Reading {
  std::string problem;
  std::vector<ToldByDaemon> told;
};

Reading read(const std::string& bytes, std::size_t size) {
  DaemonReader reader(kLimit);
  DaemonRecord record;
  Reading reading;
  reading.problem = read_in_pieces(reader, bytes, size, record);
  reading.told = record.told();
  return reading;
}

std::string reply(const std::string& lines) {
  return "reply 7 0\n" + lines + "end 7\n";
}

std::string failed(const std::string& lines) {
  return "failed 7 unusable\n" + lines + "end 7\n";
}

struct Bad {
  std::string bytes;
  std::string_view problem;
};

const Bad kBadHellos[] = {
    {"ready\n", "began with no hello: \"ready\""},
    {"hello\n", "a hello without a version"},
    {"hello 1\n", "another version"},
    {"hello 3\n", "another version"},
    {std::string(100'000, 'x'), "a line longer than 65536 bytes"},
};

const Bad kBad[] = {
    {"\n", "begins nothing"},
    {"hello 2\n", "begins nothing"},
    {"request 7 dset 0\n", "begins nothing"},
    {"end 7\n", "begins nothing"},
    {"ready now\n", "begins nothing"},
    {"Ready\n", "begins nothing"},
    {"gone\n", "begins nothing"},
    {"gone a b\n", "begins nothing"},
    {"gone %61\n", "begins nothing"},
    {"program\n", "without its name and time-out"},
    {"program lcr\n", "without its name and time-out"},
    {"program lcr uri\n", "without its name and time-out"},
    {"program lcr -1\n", "without its name and time-out"},
    {"program l/r 1\n", "without its name and time-out"},
    {"program lcr 4294967295\n", "without its name and time-out"},
    {"reply\n", "a reply without an id"},
    {"reply  0\n", "a reply without an id"},
    {"reply 7\n", "without a status"},
    {"reply 7 \n", "without a status"},
    {"reply 7 256\n", "without a status"},
    {"reply 7 -1\n", "without a status"},
    {"reply 7 0 \n", "without a status"},
    {"reply 7 ok\n", "without a status"},
    {"failed\n", "a reply without an id"},
    {"failed 7\n", "a failure of no known kind"},
    {"failed 7 ok\n", "a failure of no known kind"},
    {"failed 7 no\n", "a failure of no known kind"},
    {"failed 7 deadline passed\n", "a failure of no known kind"},
    {reply("line 100%\n"), "two hexadecimal digits: \"line 100%25\""},
    {reply("part %x\n"), "two hexadecimal digits"},
    {reply("stderr %\n"), "two hexadecimal digits"},
    {failed("detail %4\n"), "two hexadecimal digits"},
    {failed("line x\n"), "output with a failure"},
    {failed("part x\n"), "output with a failure"},
    {reply("detail x\n"), "where none belongs"},
    {reply("exit 3\n"), "where none belongs"},
    {failed("exit\n"), "where none belongs"},
    {failed("exit 256\n"), "where none belongs"},
    {reply("ran\n"), "without its three numbers"},
    {reply("ran 1 2\n"), "without its three numbers"},
    {reply("ran 1 2 3 4\n"), "without its three numbers"},
    {reply("ran -1 2 3\n"), "without its three numbers"},
    {reply("ran 1 128 3\n"), "without its three numbers"},
    {reply("ran 2147483648 0 3\n"), "without its three numbers"},
    {reply("ran 1 9 3\n"), "ended well, and by a signal"},
    {"reply 7 0\nend 8\n", "ended another reply than it began"},
    {"reply 7 0\nend\n", "ended another reply"},
    {"reply 7 0\nend 7 \n", "ended another reply"},
    {reply("line " + std::string(100'000, 'x') + "\n"), "a line longer than 65536 bytes"},
};

TEST(DaemonReader, WantsAHelloFirst) {
  for (const Bad& one : kBadHellos) {
    for (const std::size_t size : {std::size_t{1}, one.bytes.size()}) {
      const Reading reading = read(one.bytes, size);
      EXPECT_THAT(reading.problem, HasSubstr(one.problem)) << one.bytes.substr(0, 100);
      EXPECT_TRUE(reading.told.empty());
    }
  }
}

TEST(DaemonReader, RefusesAPeerThatIsOutOfStep) {
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

TEST(DaemonReader, TellsNothingAfterAFault) {
  DaemonReader reader(kLimit);
  DaemonRecord record;
  EXPECT_FALSE(reader.read("hello 2\n" + reply("") + "nonsense\n" + reply(""), record));
  EXPECT_EQ(record.told().size(), 2U);
  EXPECT_FALSE(reader.read(reply(""), record));
  EXPECT_EQ(record.told().size(), 2U);
}

TEST(DaemonReader, TellsAReplyWhenItsEndHasCome) {
  const std::string bytes = "hello 2\n" + reply("line a\n");
  DaemonReader reader(kLimit);
  DaemonRecord record;
  EXPECT_TRUE(reader.read(std::string_view(bytes).substr(0, bytes.size() - 1), record));
  EXPECT_EQ(record.told().size(), 1U);
  EXPECT_TRUE(reader.read("\n", record));
  EXPECT_EQ(record.told().size(), 2U);
}

TEST(DaemonReader, LeavesOutWhatALaterVersionSends) {
  const Reading reading = read("hello 2 zstd\nprogram lcr 200 uri body env stored\n" +
                                   reply("trace %\n\nline yes\nran-as root\n") + failed("hint x\n"),
                               5);
  EXPECT_EQ(reading.problem, "");
  ASSERT_EQ(reading.told.size(), 4U);
  EXPECT_EQ(reading.told[1].notice,
            (ProgramNotice{"lcr", std::chrono::milliseconds(200), true, true, false, false, true}));
  EXPECT_EQ(reading.told[2].result.output, "yes\n");
  EXPECT_EQ(reading.told[3].result.outcome.cause, Cause::unusable);
}

std::string many_lines() {
  std::string lines;
  for (std::size_t i = 0; i <= kLimit; ++i) {
    lines += "line\n";
  }
  return lines;
}

TEST(DaemonReader, MakesAReplyOverItsLimitUnusableAndGoesOn) {
  for (const std::string& lines :
       {"line " + std::string(kLimit, 'x') + "\n", "part " + std::string(kLimit + 1, 'x') + "\n",
        "line " + std::string(kLimit - 1, 'x') + "\npart y\nline z\n", many_lines()}) {
    const std::string bytes = "hello 2\n" + reply(lines + "ran 5 0 6\n") + reply("line next\n");
    for (const std::size_t size : {std::size_t{1}, bytes.size()}) {
      const Reading reading = read(bytes, size);
      EXPECT_EQ(reading.problem, "");
      ASSERT_EQ(reading.told.size(), 3U);
      EXPECT_EQ(reading.told[1].result.outcome.cause, Cause::unusable);
      EXPECT_EQ(reading.told[1].result.outcome.detail, "printed more than the limit of 64 bytes");
      EXPECT_EQ(reading.told[1].result.outcome.pid, 5);
      EXPECT_EQ(reading.told[1].result.output, "");
      EXPECT_EQ(reading.told[2].result.outcome.cause, Cause::ok);
      EXPECT_EQ(reading.told[2].result.output, "next\n");
    }
  }
}

TEST(DaemonReader, TakesAsMuchAsItsLimit) {
  const Reading reading = read(
      "hello 2\n" + reply("line " + std::string(kLimit - 1, 'x') + "\n") +
          reply("part " + std::string(kLimit, 'x') + "\nstderr " + std::string(kLimit, 'e') + "\n"),
      1);
  EXPECT_EQ(reading.problem, "");
  ASSERT_EQ(reading.told.size(), 3U);
  EXPECT_EQ(reading.told[1].result.output.size(), kLimit);
  EXPECT_EQ(reading.told[2].result.output.size(), kLimit);
  EXPECT_EQ(reading.told[2].result.error.size(), kLimit);
  EXPECT_FALSE(reading.told[2].result.error_truncated);
}

TEST(DaemonReader, CutsStandardError) {
  for (const std::string& lines : {"stderr " + std::string(kLimit + 1, 'e') + "\n",
                                   "stderr " + std::string(kLimit, 'e') + "\nstderr e\n",
                                   "stderr e\nstderr " + std::string(kLimit, 'e') + "\n"}) {
    const Reading reading = read("hello 2\n" + failed(lines), 3);
    ASSERT_EQ(reading.told.size(), 2U);
    EXPECT_EQ(reading.told[1].result.error, std::string(kLimit, 'e'));
    EXPECT_TRUE(reading.told[1].result.error_truncated);
  }
}

}  // namespace
}  // namespace kamexec::service
