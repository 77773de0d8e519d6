// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/value_facts.h"

#include <gtest/gtest.h>

namespace kamexec::variables {
namespace {

TEST(ValueFacts, AreOfACallerUnlessCertain) {
  for (const char* name :
       {"$rU", "$hdr(X)", "$var(x)", "$avp(x)", "$(rU{s.substr,0,3})", "$(si{s.replace,127,$rU})",
        "$(def(API){s.replace,USER,$fU})", "$(rU{s.encode.base64})", "$1", "${1}", "the R-URI",
        "$nosuch", "$ru", "$proto_of_mine", "$(rU{s.int}{s.replace,1,$rU})"}) {
    EXPECT_TRUE(value_facts(name).is_callers) << name;
    EXPECT_FALSE(value_facts(name).is_number) << name;
    EXPECT_TRUE(value_facts(name).may_be_option) << name;
  }
  for (const char* name : {"$si", "$TS", "$(si{s.replace,127,128})", "$def(API)", "$(rU{s.int})",
                           "$(rU{s.md5})", "$(hdr(X){s.len})", "$ml", "$sp", "$proto"}) {
    EXPECT_FALSE(value_facts(name).is_callers) << name;
  }
}

TEST(ValueFacts, NumbersMayBeComputedWith) {
  for (const char* name :
       {"$TS", "$sp", "$ml", "$Rp", "$(rU{s.int})", "$(rU{s.len})", "$(rU{s.numeric})"}) {
    EXPECT_TRUE(value_facts(name).is_number) << name;
  }
  for (const char* name : {"$si", "$proto", "$(rU{s.md5})", "$def(x)", "$(TS{s.replace,1,a})"}) {
    EXPECT_FALSE(value_facts(name).is_number) << name;
  }
}

TEST(ValueFacts, OptionsBeginWithADash) {
  for (const char* name : {"$si", "$TS", "$proto", "$(rU{s.len})", "$(rU{s.md5})"}) {
    EXPECT_FALSE(value_facts(name).may_be_option) << name;
  }
  for (const char* name : {"$(rU{s.int})", "$def(x)", "$env(X)"}) {
    EXPECT_TRUE(value_facts(name).may_be_option) << name;
  }
}

TEST(CallersInput, IsTheMessageOrWhatIsHandedOver) {
  EXPECT_EQ(callers_input("exec_msg", ""), "the message on standard input");
  EXPECT_EQ(callers_input("exec_msg_async", ""), "the message on standard input");
  EXPECT_EQ(callers_input("exec_run", "x $rb"), "$rb on standard input");
  EXPECT_EQ(callers_input("exec_run", "x $TS"), "");
  EXPECT_EQ(callers_input("exec_run", ""), "");
  EXPECT_EQ(callers_input("exec_avp", "$rb"), "");
  EXPECT_TRUE(has_message_variables("exec_avp"));
  EXPECT_FALSE(has_message_variables("exec_cmd_async"));
}

}  // namespace
}  // namespace kamexec::variables
