// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/transaction_id.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace kamexec::request {
namespace {

RequestFacts invite(std::string_view branch) {
  RequestFacts facts;
  facts.method = "INVITE";
  facts.current_uri = facts.original_uri = "sip:bob@biloxi.example.com";
  facts.via_branch = branch;
  facts.via_host = "pc33.atlanta.example.com";
  facts.via_port = "5066";
  facts.from_tag = "1928301774";
  facts.call_id = "a84b4c76e66710";
  facts.cseq_number = "314159";
  return facts;
}

constexpr std::string_view kBranch = "z9hG4bK776asdhds";
constexpr std::string_view kOldBranch = "776asdhds";

std::string id(const RequestFacts& facts) {
  return std::string(transaction_id(facts).text());
}

TEST(TransactionId, HexadecimalOfFixedSize) {
  for (const std::string_view branch : {kBranch, kOldBranch, std::string_view{}}) {
    const std::string text = id(invite(branch));
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), text.npos) << text;
  }
}

// RFC 3261 sections 9.1 and 17.1.1.3: what CANCEL and the ACK of a failure take over.
TEST(TransactionId, SameForRetransmissionCancelAndAckOfFailure) {
  for (const std::string_view branch : {kBranch, kOldBranch, std::string_view{}}) {
    const RequestFacts first = invite(branch);
    RequestFacts retransmission = invite(branch);
    retransmission.current_uri = "sip:gateway@192.0.2.1";  // the script went on
    retransmission.source_ip = "192.0.2.77";
    EXPECT_EQ(id(first), id(retransmission));
    RequestFacts cancel = invite(branch);
    cancel.method = "CANCEL";
    EXPECT_EQ(id(first), id(cancel));
    RequestFacts ack = invite(branch);
    ack.method = "ACK";
    ack.to_tag = "a6c85cf";
    EXPECT_EQ(id(first), id(ack));
  }
}

TEST(TransactionId, WithCookieCaseMakesNoDifference) {
  RequestFacts other = invite("Z9HG4BK776ASDHDS");
  other.via_host = "PC33.Atlanta.Example.COM";
  EXPECT_EQ(id(invite(kBranch)), id(other));
}

TEST(TransactionId, WithCookieRequestUriAndTagsDoNotCount) {
  RequestFacts other = invite(kBranch);
  other.original_uri = "sip:carol@chicago.example.com";
  other.from_tag = "another";
  EXPECT_EQ(id(invite(kBranch)), id(other));
}

struct Change {
  const char* what;
  std::function<void(RequestFacts&)> apply;
};

TEST(TransactionId, AnyChangeIsAnotherTransaction) {
  const Change changes[] = {
      {"branch", [](RequestFacts& f) { f.via_branch = "z9hG4bK776asdhdt"; }},
      {"host", [](RequestFacts& f) { f.via_host = "pc34.atlanta.example.com"; }},
      {"port", [](RequestFacts& f) { f.via_port = "5067"; }},
      {"no port", [](RequestFacts& f) { f.via_port = ""; }},
      {"Call-ID", [](RequestFacts& f) { f.call_id = "A84b4c76e66710"; }},
      {"CSeq", [](RequestFacts& f) { f.cseq_number = "314160"; }},
  };
  const Change old_changes[] = {
      {"From tag", [](RequestFacts& f) { f.from_tag = "1928301775"; }},
      {"R-URI", [](RequestFacts& f) { f.original_uri = "sip:bob@biloxi.example.org"; }},
  };
  for (const std::string_view branch : {kBranch, kOldBranch, std::string_view{}}) {
    std::set<std::string> seen = {id(invite(branch))};
    for (const Change& change : changes) {
      RequestFacts other = invite(branch);
      change.apply(other);
      EXPECT_TRUE(seen.insert(id(other)).second) << change.what << " of " << branch;
    }
    for (const Change& change : old_changes) {
      RequestFacts other = invite(branch);
      change.apply(other);
      EXPECT_EQ(seen.insert(id(other)).second, branch != kBranch) << change.what;
    }
  }
}

TEST(TransactionId, FieldsDoNotRunTogether) {
  RequestFacts a = invite(kBranch);
  RequestFacts b = invite(kBranch);
  a.call_id = "12";
  a.cseq_number = "3";
  b.call_id = "1";
  b.cseq_number = "23";
  EXPECT_NE(id(a), id(b));
}

TEST(TransactionId, TheCookieAloneIdentifiesNothing) {
  RequestFacts other = invite("z9hG4bK");
  other.from_tag = "another";
  EXPECT_NE(id(invite("z9hG4bK")), id(other));
}

TEST(TransactionId, EmptyWhereNothingIdentifies) {
  EXPECT_EQ(id(RequestFacts{}), "");
  RequestFacts facts = invite(kOldBranch);
  facts.call_id = "";
  EXPECT_EQ(id(facts), "");
  facts = invite(kOldBranch);
  facts.cseq_number = "";
  EXPECT_EQ(id(facts), "");
}

TEST(TransactionId, LongAndBinaryBranchesAreReadWhole) {
  std::string branch = "z9hG4bK" + std::string(5000, 'x');
  const std::string first = id(invite(branch));
  branch.back() = 'y';
  EXPECT_NE(id(invite(branch)), first);
  const std::string nul = std::string("z9hG4bK\0a", 9);
  const std::string other_nul = std::string("z9hG4bK\0b", 9);
  EXPECT_NE(id(invite(nul)), id(invite(other_nul)));
}

}  // namespace
}  // namespace kamexec::request
