// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "request/envp.h"
#include "request/request_variables.h"
#include "request/transaction_id.h"

namespace kamexec::request {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

using namespace std::string_view_literals;

std::vector<std::string> entries(const RequestFacts& facts, EnvironmentOptions options = {}) {
  RequestVariables environment;
  add_request(facts, options, environment);
  Envp envp;
  std::vector<std::string> all;
  for (char* const* entry = envp.fill({}, environment.packed()); *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  return all;
}

std::vector<std::string> header_entries(const std::vector<HeaderField>& headers,
                                        EnvironmentOptions options = {}) {
  RequestFacts facts;
  facts.headers = headers;
  std::vector<std::string> all = entries(facts, options);
  std::erase_if(all, [](const std::string& entry) { return !entry.starts_with("SIP_HF_"); });
  return all;
}

RequestFacts request() {
  RequestFacts facts;
  facts.method = "INVITE";
  facts.current_uri = "sip:+4930123@gw.example.com";
  facts.original_uri = "sip:123@example.com";
  facts.user = "+4930123";
  facts.original_user = "123";
  facts.source_ip = "192.0.2.7";
  facts.to_tag = "a6c85cf";
  facts.via_branch = "z9hG4bK776asdhds";
  facts.via_host = "pc33.example.com";
  facts.call_id = "a84b4c76e66710";
  facts.cseq_number = "1";
  return facts;
}

TEST(AddRequest, EveryVariableOfARequest) {
  const RequestFacts facts = request();
  EXPECT_THAT(entries(facts),
              ElementsAre("SIP_TID=" + std::string(transaction_id(facts).text()), "SIP_DID=a6c85cf",
                          "SIP_SRCIP=192.0.2.7", "SIP_RURI=sip:+4930123@gw.example.com",
                          "SIP_ORURI=sip:123@example.com", "SIP_ORUI=sip:123@example.com",
                          "SIP_USER=+4930123", "SIP_OUSER=123"));
}

TEST(AddRequest, WhatIsMissingIsEmptyAndSet) {
  EXPECT_THAT(entries(RequestFacts{}),
              ElementsAre("SIP_TID=", "SIP_DID=", "SIP_SRCIP=", "SIP_RURI=", "SIP_ORURI=",
                          "SIP_ORUI=", "SIP_USER=", "SIP_OUSER="));
}

TEST(AddRequest, AReplyHasNoUriVariables) {
  RequestFacts facts = request();
  facts.is_reply = true;
  facts.headers = {{"CSeq", "1 INVITE"}};
  EXPECT_THAT(entries(facts), ElementsAre("SIP_HF_CSEQ=1 INVITE",
                                          "SIP_TID=" + std::string(transaction_id(facts).text()),
                                          "SIP_DID=a6c85cf", "SIP_SRCIP=192.0.2.7"));
}

TEST(AddRequest, RepeatedHeadersInMessageOrder) {
  EXPECT_THAT(
      header_entries({{"Via", "one"},
                      {"Route", "r1"},
                      {"v", "two"},
                      {"To", "t"},
                      {"VIA", "three, four"},
                      {"route", "r2"},
                      {"V", "five"}}),
      ElementsAre("SIP_HF_VIA=one,two,three, four,five", "SIP_HF_ROUTE=r1,r2", "SIP_HF_TO=t"));
}

TEST(AddRequest, NamesThatFallTogetherAreOneVariable) {
  EXPECT_THAT(header_entries({{"X_Id", "1"}, {"X-Id", "2"}, {"x.id", "3"}, {"X-ID", "4"}}),
              ElementsAre("SIP_HF_X_ID=1,2,3,4"));
  EXPECT_THAT(header_entries({{"i", "1"}, {"Call-ID", "2"}, {"CallID", "3"}, {"Call_ID", "4"}}),
              ElementsAre("SIP_HF_CALLID=1,2,3", "SIP_HF_CALL_ID=4"));
}

TEST(AddRequest, EmptyValuesKeepTheirPlace) {
  EXPECT_THAT(header_entries({{"s", ""}, {"Q", "1"}, {"Q", " "}, {"Q", "3"}, {"W", "\r\n "}}),
              ElementsAre("SIP_HF_SUBJECT=", "SIP_HF_Q=1,,3", "SIP_HF_W="));
}

TEST(AddRequest, AHeaderWithoutANameIsNone) {
  EXPECT_THAT(header_entries({{"", "1"}, {" \t", "2"}, {"A-B\t ", "3"}, {"", "4"}}),
              ElementsAre("SIP_HF_A_B=3"));
}

// The header fields of RFC 4475 section 3.1.1.1, "A Short Tortuous INVITE".
TEST(AddRequest, ShortTortuousInvite) {
  EXPECT_THAT(
      header_entries(
          {{"TO ", "\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n"},
           {"from  ",
            " \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = "
            "98asjd8"},
           {"MaX-fOrWaRdS", " 0068"},
           {"Call-ID", " wsinv.ndaksdj@192.0.2.1"},
           {"Content-Length  ", " 150"},
           {"cseq", " 0009\r\n  INVITE"},
           {"Via ", " SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw"},
           {"s ", ""},
           {"NewFangledHeader", "   newfangled value\r\n continued newfangled value"},
           {"UnknownHeaderWithUnusualValue", " ;;,,;;,;"},
           {"Content-Type", " application/sdp"},
           {"Route", "\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>"},
           {"v",
            "  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  "
            ",\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239"},
           {"m",
            "\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n"
            "      newvalue ;\r\n  secondparam ; q = 0.33"}}),
      ElementsAre(
          "SIP_HF_TO=sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
          "SIP_HF_FROM=\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com> ; tag = 98asjd8",
          "SIP_HF_MAX_FORWARDS=0068", "SIP_HF_CALLID=wsinv.ndaksdj@192.0.2.1",
          "SIP_HF_CONTENT_LENGTH=150", "SIP_HF_CSEQ=0009 INVITE",
          "SIP_HF_VIA=SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw,SIP  / 2.0  / TCP     "
          "spindle.example.com   ; branch  =   z9hG4bK9ikj8  , SIP  /    2.0   / UDP  "
          "192.168.255.111   ; branch= z9hG4bK30239",
          "SIP_HF_SUBJECT=", "SIP_HF_NEWFANGLEDHEADER=newfangled value continued newfangled value",
          "SIP_HF_UNKNOWNHEADERWITHUNUSUALVALUE=;;,,;;,;", "SIP_HF_CONTENT_TYPE=application/sdp",
          "SIP_HF_ROUTE=<sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
          "SIP_HF_CONTACT=\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam = "
          "newvalue ; secondparam ; q = 0.33"));
}

TEST(AddRequest, NoValueBeginsABashFunction) {
  RequestFacts facts = request();
  constexpr std::string_view kBad = "()\r\n { :;}; touch /tmp/x";
  facts.current_uri = facts.original_uri = facts.user = facts.original_user = kBad;
  facts.source_ip = facts.to_tag = kBad;
  facts.headers = {{"Subject", kBad}, {"User-Agent", "() { :;}"}, {"Q", kBad}, {"Q", kBad}};
  const auto all = entries(facts);
  EXPECT_EQ(all.size(), 11u);
  for (const std::string& entry : all) {
    EXPECT_FALSE(std::string_view(entry).substr(entry.find('=') + 1).starts_with("() {")) << entry;
  }
  EXPECT_THAT(all, Contains("SIP_HF_USER_AGENT= { :;}"));
  EXPECT_THAT(all, Contains("SIP_HF_Q= { :;}; touch /tmp/x, { :;}; touch /tmp/x"));
  EXPECT_THAT(all, Contains("SIP_USER= { :;}; touch /tmp/x"));
}

TEST(AddRequest, BashSafetyOff) {
  EXPECT_THAT(header_entries({{"Q", "() { :;}"}, {"Q", "() {"}}, {.bash_safety = false}),
              ElementsAre("SIP_HF_Q=() { :;},() {"));
}

TEST(AddRequest, HostileBytesStayInOneVariable) {
  RequestFacts facts = request();
  facts.user = "a\0SIP_TID=forged"sv;
  facts.headers = {{"Q", "1\0SIP_RURI=forged"sv}, {"X\0Y=Z"sv, "2\nSIP_DID=forged"}};
  const auto all = entries(facts);
  EXPECT_THAT(all, Contains("SIP_USER=a SIP_TID=forged"));
  EXPECT_THAT(all, Contains("SIP_HF_Q=1 SIP_RURI=forged"));
  EXPECT_THAT(all, Contains("SIP_HF_X_Y_Z=2 SIP_DID=forged"));
  EXPECT_THAT(all, Not(Contains(StartsWith("SIP_RURI=forged"))));
}

// More than the scratch space holds, every name twice, far apart.
TEST(AddRequest, ThousandsOfHeaders) {
  constexpr std::size_t kNames = 3000;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames; ++i) {
    names.push_back("X-" + std::to_string(i));
  }
  std::vector<HeaderField> headers;
  for (const std::string_view value : {"first"sv, "second"sv}) {
    for (const std::string& name : names) {
      headers.push_back({name, value});
    }
  }
  const auto all = header_entries(headers);
  ASSERT_EQ(all.size(), kNames);
  for (std::size_t i = 0; i < kNames; ++i) {
    EXPECT_EQ(all[i], "SIP_HF_X_" + std::to_string(i) + "=first,second");
  }
}

TEST(AddRequest, ALaterRequestWins) {
  RequestVariables environment;
  RequestFacts facts = request();
  facts.headers = {{"Q", "1"}};
  add_request(facts, {}, environment);
  facts.headers = {{"Q", "2"}};
  facts.user = "other";
  add_request(facts, {}, environment);
  EXPECT_EQ(environment.value("SIP_HF_Q"), "2");
  EXPECT_EQ(environment.value("SIP_USER"), "other");
}

TEST(AddRequest, AnOversizedHeaderIsNamed) {
  const std::string big(kLongestVariable, 'x');
  RequestFacts facts = request();
  facts.headers = {{"Subject", "small"}, {"X-Big", big}};
  RequestVariables environment;
  add_request(facts, {}, environment);
  EXPECT_EQ(environment.oversized(), "SIP_HF_X_BIG");
  // Two that are small enough alone.
  const std::string half(kLongestVariable / 2, 'x');
  facts.headers = {{"X-Half", half}, {"X-Half", half}};
  environment.clear();
  add_request(facts, {}, environment);
  EXPECT_EQ(environment.oversized(), "SIP_HF_X_HALF");
}

}  // namespace
}  // namespace kamexec::request
