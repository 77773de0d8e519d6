// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/variable_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

using testing::HasSubstr;

class VariableValuesTest : public testing::Test {
 protected:
  std::string value(std::string_view written) {
    const Result<Value> value = VariableValues(&message_, given_).value_of(written);
    return value ? value->printed() : "error: " + value.error().message;
  }

  SipMessage message_ = std::move(*SipMessage::read(
      "INVITE sip:+49;a=b@h.de:5070;transport=tls SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=1\r\n"
      "From: \"A\" <sip:a@x>;tag=f\r\nt: sip:b@y;tag=t\r\ni: id\r\nCSeq: 3 INVITE\r\n"
      "X-A: 1\r\nx-a: 2\r\nm: <sip:c>\r\n\r\nbody",
      {"192.0.2.9", 5099}));
  GivenValues given_;
};

TEST_F(VariableValuesTest, ComeFromTheMessage) {
  const std::pair<const char*, const char*> expected[] = {
      {"$rU", "+49;a=b"},
      {"$(rd)", "h.de"},
      {"$rp", "5070"},
      {"$rP", "tls"},
      {"$fu", "sip:a@x"},
      {"$fn", "\"A\""},
      {"$ft", "f"},
      {"$tU", "b"},
      {"$tn", "<null>"},
      {"$ct", "<sip:c>"},
      {"$ci", "id"},
      {"$cs", "3"},
      {"$rm", "INVITE"},
      {"$si", "192.0.2.9"},
      {"$sp", "5099"},
      {"$ua", "<null>"},
      {"$bs", "4"},
      {"$(hdr(X-A)[1])", "2"},
      {"$hdrc(x-a)", "2"},
      {"$(hdr(X-A)[-2])", "1"},
      {"$(hdr(X-A)[2])", "<null>"},
      {"$(hdr(X-A)[*])", "1,2"},
      {"$hdr(contact)", "<sip:c>"},
      {"$(rU{s.len})", "7"},
      {"$(ua{s.len})", ""},
  };
  for (const auto& [written, wanted] : expected) {
    EXPECT_EQ(value(written), wanted) << written;
  }
}

TEST_F(VariableValuesTest, AreTheScriptsOwnBeforeItSetAny) {
  EXPECT_EQ(value("$var(x)"), "0");
  EXPECT_EQ(value("$avp(x)"), "<null>");
  EXPECT_EQ(value("$(hdr(X-A)[$var(i)])"), "1");
}

TEST_F(VariableValuesTest, AreWhatIsGiven) {
  ASSERT_TRUE(given_.add("$rU=bob"));
  ASSERT_TRUE(given_.add("$sht(a=>b)=x"));
  ASSERT_TRUE(given_.add("$var(h)=X-A"));
  EXPECT_EQ(value("$rU"), "bob");
  EXPECT_EQ(value("$(rU{s.toupper})"), "BOB");
  EXPECT_EQ(value("$sht(a=>b)"), "x");
  EXPECT_EQ(value("$(hdr($var(h))[1])"), "2");
}

TEST_F(VariableValuesTest, ThatNothingTellsAreNamedWithTheRemedy) {
  EXPECT_THAT(value("$sht(a=>b)"), HasSubstr("$sht(a=>b) is not a variable of the message"));
  EXPECT_THAT(value("$sht(a=>b)"), HasSubstr("--set '$sht(a=>b)=VALUE'"));
  EXPECT_THAT(value("$(rU{s.decode.base58})"), HasSubstr("{s.decode.base58}"));
  EXPECT_THAT(value("$HOME"), HasSubstr("$$NAME"));
  const Result<Value> none = VariableValues(nullptr, given_).value_of("$rU");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("--message"));
}

TEST_F(VariableValuesTest, EndWhereVariablesHoldOthersWithoutEnd) {
  std::string deep = "$hdr(x)";
  for (int i = 0; i < 40; ++i) {
    deep = "$hdr(" + deep + ")";
  }
  EXPECT_THAT(value(deep), HasSubstr("too deep"));
}

}  // namespace
}  // namespace kamexec::tool
