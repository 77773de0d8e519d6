// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/variable_origin.h"

#include <gtest/gtest.h>

#include "tool/check/trace.h"

namespace kamexec::tool::check {
namespace {

TEST(Origin, IsThatOfTheVariable) {
  for (const char* name :
       {"$ru", "$rU", "$(rU)", "$(rU{s.trim})",   "$fu",          "$fU",          "$fn",
        "$tu", "$ci", "$ua",   "$hdr(X)",         "$(hdr(X)[0])", "$rb",          "$rm",
        "$rd", "$ct", "$mb",   "$(ru{uri.user})", "$ai",          "@msg.header.x"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::caller) << name;
  }
  for (const char* name : {"$si", "$sp", "$Ri", "$pp", "$TS", "$rs", "$def(A)", "$(rU{s.int})",
                           "$(rU{s.trim}{s.md5})", "$rc"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::limited) << name;
  }
  for (const char* name : {"$var(rU)", "$avp(x)", "$shv(x)", "$xavp(a=>b)", "$sht(a=>$rU)",
                           "$dbr(a=>[0,0])", "$unheard_of", "$", "$(", "", "$(var(x){s.int"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::unknown) << name;
  }
}

/// A select may be of the message, of the server's settings or of the script's own.
TEST(Origin, OfASelectIsThatOfItsFirstName) {
  for (const char* name :
       {"$sel(cfg_get.my.lcr)", "$(sel(cfg_get.my.lcr){s.trim})", "@cfg_get.my.lcr",
        "$sel(sys.pid)", "$sel(src.ip)", "@received.port", "$sel(cfg_selected.core.debug)"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::limited) << name;
  }
  for (const char* name : {"$sel(avp[0])", "@attr.x"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::unknown) << name;
  }
  for (const char* name : {"$sel(via[1].host)", "$sel(ruri.user)", "@tls.peer.cn", "$sel(cfg)",
                           "$sel(hf_value.cfg_get)", "$sel()", "$sel(", "$sel", "@"}) {
    EXPECT_EQ(variables::origin_of(name).control, variables::Control::caller) << name;
  }
}

/// A transformation named in another's parameters cleans nothing.
TEST(Origin, IsNotFooledByParametersOfTransformations) {
  EXPECT_EQ(variables::origin_of("$(rU{s.int}{s.replace,a,b})").control,
            variables::Control::caller);
  EXPECT_EQ(variables::origin_of("$(rU{s.rm,{s.int})").control, variables::Control::caller);
}

TEST(BaseName, IsTheSameForEveryWayOfWriting) {
  for (const char* name : {"$var(x)", "$(var(x))", "$(var(x){s.len})", "$(var(x)[0])"}) {
    EXPECT_EQ(variables::base_name(name), "var(x)") << name;
  }
  EXPECT_EQ(variables::base_name("$rU"), "rU");
  EXPECT_EQ(variables::base_name("$(xavp(a[0]=>b(c)))"), "xavp(a[0]=>b(c))");
  for (const char* name : {"", "$", "$(", "$var(", "("}) {
    EXPECT_LE(variables::base_name(name).size(), 4U);
  }
}

TEST(Trace, FollowsAssignments) {
  const std::vector<Assignment> assignments = {
      {{0, 3, 1}, "$var(b)", {"$si", "$(var(a){s.trim})"}},
      {{0, 1, 1}, "$var(a)", {"$rU"}},
      {{0, 4, 1}, "$var(c)", {"$(rU{s.int})"}},
      {{0, 5, 1}, "$var(d)", {"$var(d)", "$var(e)"}},
      {{0, 6, 1}, "$(var(f))", {"$var(b)"}},
  };
  const Taints taints = trace(assignments);
  EXPECT_EQ(taints.size(), 3U);
  EXPECT_EQ(taints.at("var(a)").source, "$rU");
  EXPECT_EQ(taints.at("var(f)").origin.form, variables::Form::user);
  EXPECT_FALSE(taints.contains("var(c)"));
  EXPECT_FALSE(taints.contains("var(d)"));
}

}  // namespace
}  // namespace kamexec::tool::check
