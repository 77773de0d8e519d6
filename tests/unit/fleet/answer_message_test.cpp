// SPDX-License-Identifier: GPL-2.0-or-later
// An answer is read as it was written, and a stranger's bytes are an answer that can't be used.
#include "fleet/answer_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "fake_link.h"

namespace kamexec::fleet {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using process::Cause;
using process::Outcome;
using test::FakeMessage;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMost = std::size_t{1} << 20;
constexpr std::size_t kLimit = 1000;
using Headers = std::vector<std::pair<std::string, std::string>>;

FakeMessage message_of(const AnswerMessage& answer) {
  return FakeMessage({.subject = "x", .headers = answer.headers(), .payload = answer.payload()});
}

Answer sent_and_read(const Answer& answer, std::size_t most = kMost) {
  return read_answer(message_of(AnswerMessage("7", answer, most)), "7", kLimit);
}

Answer read(std::string payload, Headers headers = {}) {
  return read_answer(FakeMessage(std::move(payload), std::move(headers)), "7", kLimit);
}

Answer answer_of(Outcome outcome) {
  Answer answer;
  answer.result.outcome = std::move(outcome);
  return answer;
}

Outcome ended(int status) {
  Outcome outcome;
  outcome.cause = status == 0 ? Cause::ok : Cause::nonzero_exit;
  outcome.exit_status = status;
  return outcome;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

TEST(AnswerMessage, OfASuccessNeedsNoHeader) {
  Answer answer = answer_of(ended(0));
  answer.result.output = "a\n 100% \n";
  const AnswerMessage message("7", answer, kMost);
  EXPECT_EQ(message.payload(), "reply 7 0\nline a\nline %20100%25%20\nend 7\n");
  EXPECT_THAT(message.headers(), IsEmpty());
}

TEST(AnswerMessage, IsReadAsItWasWritten) {
  Answer answer = answer_of(ended(3));
  answer.result.output = "one\n\n\x80three\n";
  answer.result.error = "why\r\nnot ";
  answer.worker = {"0123456789abcdefABCDEF", "north-1"};
  answer.wants = {.variables = true, .input = false, .uri = true, .message = false};
  const Answer got = sent_and_read(answer);
  EXPECT_EQ(got.result.outcome.cause, Cause::nonzero_exit);
  EXPECT_EQ(got.result.outcome.exit_status, 3);
  EXPECT_EQ(got.result.output, answer.result.output);
  EXPECT_EQ(got.result.error, answer.result.error);
  EXPECT_FALSE(got.result.error_truncated);
  EXPECT_EQ(got.worker.id, answer.worker.id);
  EXPECT_EQ(got.worker.zone, "north-1");
  EXPECT_EQ(names_of(got.wants), "uri env");
  EXPECT_FALSE(got.elsewhere || got.incomplete);
}

TEST(AnswerMessage, TellsTheSignal) {
  Outcome outcome = ended(1);
  outcome.exit_status = -1;
  outcome.signal = 9;
  const Answer answer = answer_of(outcome);
  EXPECT_EQ(AnswerMessage("7", answer, kMost).payload(), "reply 7 137\nend 7\n");
  const Outcome got = sent_and_read(answer).result.outcome;
  EXPECT_EQ(got.cause, Cause::nonzero_exit);
  EXPECT_EQ(got.signal, 9);
  EXPECT_EQ(got.exit_status, -1);
}

TEST(AnswerMessage, OfAFailureTellsWhichAndWhy) {
  for (const Cause cause : {Cause::deadline, Cause::not_started, Cause::refused, Cause::unusable}) {
    Outcome outcome;
    outcome.cause = cause;
    outcome.detail = "the queue is full: 100%";
    Answer answer = answer_of(outcome);
    for (const bool elsewhere : {false, true}) {
      answer.elsewhere = elsewhere;
      const bool may_be = cause == Cause::refused || cause == Cause::not_started;
      const Answer got = sent_and_read(answer);
      EXPECT_EQ(got.result.outcome.cause, cause);
      EXPECT_EQ(got.result.outcome.detail, outcome.detail);
      EXPECT_EQ(got.elsewhere, elsewhere && may_be) << process::word(cause);
      EXPECT_FALSE(got.incomplete);
    }
  }
}

TEST(AnswerMessage, TellsThatAPartIsMissing) {
  Answer answer;
  answer.incomplete = true;
  answer.wants = {.variables = false, .input = false, .uri = false, .message = true};
  const Answer got = sent_and_read(answer);
  EXPECT_TRUE(got.incomplete);
  EXPECT_FALSE(got.elsewhere);
  EXPECT_EQ(names_of(got.wants), "message");
}

TEST(AnswerMessage, KeepsALongDetailAndTheBeginningOfStandardError) {
  Answer answer = answer_of(Outcome::unusable(std::string(5000, 'd')));
  answer.result.error = std::string(4095, 'e') + "%%";
  const Answer got = sent_and_read(answer);
  EXPECT_EQ(got.result.outcome.detail, std::string(4096, 'd'));
  EXPECT_EQ(got.result.error, std::string(4095, 'e') + "%");
  EXPECT_TRUE(got.result.error_truncated);
}

TEST(AnswerMessage, ThatIsTooLargeSaysSo) {
  Answer answer = answer_of(ended(0));
  answer.result.output = std::string(600, 'x') + "\n";
  answer.worker.id = "w1";
  const Answer whole = sent_and_read(answer, 700);
  EXPECT_EQ(whole.result.outcome.cause, Cause::ok);
  const AnswerMessage message("7", answer, 600);
  EXPECT_LE(message_of(message).size(), 600U);
  const Answer got = read_answer(message_of(message), "7", kLimit);
  EXPECT_EQ(got.result.outcome.cause, Cause::unusable);
  EXPECT_THAT(got.result.outcome.detail, HasSubstr("max_payload 600"));
  EXPECT_EQ(got.worker.id, "w1");
}

TEST(AnswerMessage, IsExactlyAsLargeAsItMayBe) {
  Answer answer = answer_of(ended(0));
  answer.result.output = std::string(600, 'x') + "\n";
  answer.worker.id = "w1";
  const std::size_t size = message_of(AnswerMessage("7", answer, kMost)).size();
  EXPECT_EQ(sent_and_read(answer, size).result.outcome.cause, Cause::ok);
  EXPECT_EQ(sent_and_read(answer, size - 1).result.outcome.cause, Cause::unusable);
}

TEST(ReadAnswer, OfAWorkerWithoutHeaders) {
  const Answer yes = read("reply 7 0\nline sip:a\nend 7\n");
  EXPECT_EQ(yes.result.outcome.cause, Cause::ok);
  EXPECT_EQ(yes.result.output, "sip:a\n");
  EXPECT_EQ(yes.worker.id, "");
  EXPECT_EQ(names_of(yes.wants), "uri env message input");
  const Answer no = read("reply 7 200\nend 7\n");
  EXPECT_EQ(no.result.outcome.cause, Cause::nonzero_exit);
  EXPECT_EQ(no.result.outcome.exit_status, 200);
  const Answer error = read("error 7 no database\n");
  EXPECT_EQ(error.result.outcome.cause, Cause::unusable);
  EXPECT_EQ(error.result.outcome.detail, "no database");
  EXPECT_FALSE(error.elsewhere);
}

TEST(ReadAnswer, ThatCantBeUsedIsUnusable) {
  const std::array<std::pair<std::string, Headers>, 12> faults{{
      {"", {}},
      {"reply 7 0\n", {}},
      {"reply 7 0\nend 7", {}},
      {"reply 8 0\nend 8\n", {}},
      {"reply 7 0\nend 8\n", {}},
      {"reply 7 256\nend 7\n", {}},
      {"reply 7 0\nline %\nend 7\n", {}},
      {"\0\0\0"s, {}},
      {"reply 7 0\nline " + std::string(kLimit + 1, 'x') + "\nend 7\n", {}},
      {"reply 7 0\nend 7\n", {{"Kamexec-Outcome", "refused"}}},
      {"reply 7 0\nend 7\n", {{"Kamexec-Outcome", "no"}}},
      {"error 7 x\n", {{"Kamexec-Outcome", "\x1b[31m"}}},
  }};
  for (const auto& [payload, headers] : faults) {
    const Answer answer = read(payload, headers);
    EXPECT_EQ(answer.result.outcome.cause, Cause::unusable) << payload;
    EXPECT_THAT(answer.result.output, IsEmpty());
    EXPECT_FALSE(answer.elsewhere || answer.incomplete) << payload;
    EXPECT_FALSE(answer.result.outcome.detail.empty()) << payload;
    EXPECT_TRUE(is_printable(answer.result.outcome.detail)) << answer.result.outcome.detail;
  }
}

TEST(ReadAnswer, AnOutcomeOfTheWrongKindIsNotTakenForSuccess) {
  for (const std::string_view outcome : {"ok", "no", "later", "REFUSED"}) {
    const Answer answer = read("error 7 x\n", {{"Kamexec-Outcome", std::string(outcome)}});
    EXPECT_EQ(answer.result.outcome.cause, Cause::unusable) << outcome;
    EXPECT_FALSE(answer.elsewhere) << outcome;
  }
}

TEST(ReadAnswer, LeavesOutNamesThatAreNoTokens) {
  for (const std::string& id : {"*"s, ">"s, "a.b"s, "a b"s, ""s, "a\0b"s, "a\r\nb"s,
                                std::string(33, 'a'), std::string(1 << 20, 'a')}) {
    const Answer answer =
        read("reply 7 0\nend 7\n", {{"Kamexec-Worker", id}, {"Kamexec-Zone", id}});
    EXPECT_EQ(answer.worker.id, "") << id.substr(0, 40);
    EXPECT_EQ(answer.worker.zone, "") << id.substr(0, 40);
    EXPECT_EQ(answer.result.outcome.cause, Cause::ok);
  }
}

TEST(ReadAnswer, BoundsWhatHeadersSay) {
  const std::string long_text(std::size_t{1} << 20, 'x');
  const Answer answer = read("error 7 x\n", {{"Kamexec-Outcome", "deadline"},
                                             {"Kamexec-Detail", long_text},
                                             {"Kamexec-Error", long_text},
                                             {"Kamexec-Signal", "99999999999999999999"},
                                             {"Kamexec-Wants", long_text}});
  EXPECT_EQ(answer.result.outcome.cause, Cause::deadline);
  EXPECT_EQ(answer.result.outcome.detail.size(), 4096U);
  EXPECT_EQ(answer.result.error.size(), 4096U);
  EXPECT_TRUE(answer.result.error_truncated);
  EXPECT_EQ(answer.result.outcome.signal, 0);
  EXPECT_EQ(names_of(answer.wants), "-");
}

TEST(ReadAnswer, MakesADetailPrintable) {
  const Answer answer =
      read("error 7 x\n", {{"Kamexec-Outcome", "refused"}, {"Kamexec-Detail", "a%1B%0A%FFb%00"}});
  EXPECT_EQ(answer.result.outcome.detail, "a???b?");
  EXPECT_TRUE(answer.elsewhere);
  EXPECT_EQ(read("error 7 x\n", {{"Kamexec-Detail", "%"}}).result.outcome.detail, "");
}

TEST(ReadAnswer, ASuccessHasNoSignal) {
  const Outcome ok = read("reply 7 0\nend 7\n", {{"Kamexec-Signal", "9"}}).result.outcome;
  EXPECT_EQ(ok.signal, 0);
  EXPECT_EQ(ok.exit_status, 0);
}

}  // namespace
}  // namespace kamexec::fleet
