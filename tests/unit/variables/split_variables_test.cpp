// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/split_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "variables/read_variable.h"

namespace kamexec::variables {
namespace {

using testing::HasSubstr;

/// "echo |$rU|.txt": parts between bars, variables with their '$', fixed text with none.
std::string shown(std::string_view text) {
  const auto parts = split_variables(text);
  if (!parts) {
    return "error: " + parts.error().message;
  }
  std::string all;
  for (const command::TemplatePart& part : *parts) {
    all += (all.empty() ? "" : "|") + std::string(part.is_variable ? "V" : "") + part.text;
  }
  return all;
}

struct Case {
  const char* text;
  const char* parts;
};

class Splits : public testing::TestWithParam<Case> {};

TEST_P(Splits, AsTheServerDoes) {
  EXPECT_EQ(shown(GetParam().text), GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Splits,
    testing::Values(
        Case{"/bin/true", "/bin/true"}, Case{"", ""}, Case{"$rU", "V$rU"},
        Case{"echo $rU$rd x", "echo |V$rU|V$rd| x"}, Case{"echo $(rU).txt", "echo |V$(rU)|.txt"},
        Case{"echo $rU/$si:$sp", "echo |V$rU|/|V$si|:|V$sp"},
        Case{"$timef(%H(a)b)c", "V$timef(%H(a)b)|c"},
        Case{"$(hdr(Via)[1]{s.len})", "V$(hdr(Via)[1]{s.len})"},
        Case{"$(avp(a)[$var(i)])x", "V$(avp(a)[$var(i)])|x"},
        Case{"$(ru{uri.user}{s.substr,0,2} {s.len})", "V$(ru{uri.user}{s.substr,0,2} {s.len})"},
        Case{"$(var(x){re.subst,/^(.)(.*)$/\\2/})", "V$(var(x){re.subst,/^(.)(.*)$/\\2/})"},
        Case{"$?", "V$?"}, Case{"$sht(a=>$rU::x)", "V$sht(a=>$rU::x)"},
        Case{"$$HOME and $$$rU", "$HOME and $|V$rU"}, Case{"$($)x", "$x"},
        Case{"[$rU]{$rd}", "[|V$rU|]{|V$rd|}"}));

struct Refused {
  const char* text;
  unsigned line;
  unsigned column;
  const char* words;
};

class Refuses : public testing::TestWithParam<Refused> {};

TEST_P(Refuses, NamingPlaceAndRemedy) {
  const auto parts = split_variables(GetParam().text);
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().line, GetParam().line);
  EXPECT_EQ(parts.error().column, GetParam().column);
  EXPECT_THAT(parts.error().message + "; " + parts.error().remedy, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Refuses,
    testing::Values(
        Refused{"echo $HOME", 1, 6, "write $$NAME"}, Refused{"a\nb $1", 2, 3, "no module has '1'"},
        Refused{"cp $rU.txt x", 1, 4, "write $(rU)"}, Refused{"cp $rU_x", 1, 4, "'rU_x'"},
        Refused{"a $", 1, 3, "is not a variable"}, Refused{"$ x", 1, 1, "is not a variable"},
        Refused{"$(date +%s)", 1, 1, "no module has 'date'"},
        Refused{"$rU(x)", 1, 1, "takes no name"}, Refused{"$var x", 1, 1, "no name in parentheses"},
        Refused{"$var()", 1, 1, "empty name"}, Refused{"$(rU", 1, 1, "does not end"},
        Refused{"x $var(a(b)", 1, 3, "does not end"}, Refused{"$(rU[0])", 1, 1, "takes no index"},
        Refused{"$(hdr(a)[])", 1, 1, "empty index"},
        Refused{"$(rU{x.len})", 1, 1, "unknown transformation: {x.len}"},
        Refused{"$(rU{s.len)", 1, 1, "does not end"}, Refused{"$(rU x)", 1, 1, "something other"}));

INSTANTIATE_TEST_SUITE_P(
    Parts, Refuses,
    testing::Values(Refused{"$(rU{s.nope})", 1, 1, "unknown transformation: {s.nope}"},
                    Refused{"x $(rU{s.substr})", 1, 3, "write {s.substr,NUMBER,NUMBER}"},
                    Refused{"$(rU{s.substr,a,b})", 1, 1, "can't be read: {s.substr,a,b}"},
                    Refused{"$(rU{s.substr,1,-1})", 1, 1, "can't be read"},
                    Refused{"$(rU{s.select,1})", 1, 1, "write {s.select,NUMBER,CHARACTER}"},
                    Refused{"$(rU{s.len,1})", 1, 1, "write {s.len}"},
                    Refused{"$(rU{param.count,ab})", 1, 1, "write {param.count[,CHARACTER]}"},
                    Refused{"$(avp(x)[a])", 1, 1, "an index that is not a number"},
                    Refused{"$(avp(x)[$no])", 1, 1, "$no is not a variable"},
                    Refused{"$(rU{s.strip,$no})", 1, 1, "$no is not a variable"},
                    Refused{"$time(noon)", 1, 1, "write one of: sec min hour"},
                    Refused{"$hdr(a b)", 1, 1, "no header field name"},
                    Refused{"$avp(x:y)", 1, 1, "no AVP name"},
                    Refused{"$xavp(a=b)", 1, 1, "no NAME=>NAME"},
                    Refused{"$sht(a)", 1, 1, "no NAME=>KEY"},
                    Refused{"$sht(a=>$no)", 1, 1, "$no is not a variable"},
                    Refused{"$cnt($rU)", 1, 1, "something other than $avp"}));

TEST(SplitVariables, GoesOnBehindAVariableWhoseModuleIsNotLoaded) {
  const std::vector<std::string> loaded{"pv"};
  std::vector<VariableFinding> missing;
  const auto parts = split_variables("a $rU $sht(a=>b)\n$(rU{re.subst,/a/b/}) $dbr(a=>b)",
                                     {true, loaded}, &missing);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->size(), 8U);
  ASSERT_EQ(missing.size(), 3U);
  EXPECT_EQ(missing[0].missing_module, "htable");
  EXPECT_EQ(missing[1].missing_module, "textops");
  EXPECT_EQ(missing[1].finding.line, 2U);
  EXPECT_THAT(missing[1].finding.message, HasSubstr("{re.subst,/a/b/}, of module textops"));
  EXPECT_EQ(missing[2].missing_module, "sqlops");
  EXPECT_FALSE(split_variables("$sht(a=>b) $no", {true, loaded}, &missing));
}

TEST(ReadVariable, BearsAnyDepth) {
  std::string text = "$rU";
  for (int i = 0; i < 5000; ++i) {
    text = "$(rU{s.strip," + text + "})";
  }
  const auto read = read_variable(text);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("too deep"));
}

TEST(SplitVariables, KnowsWhatTheServerHasLoaded) {
  const std::vector<std::string> loaded{"pv"};
  const KnownModules modules{true, loaded};
  EXPECT_TRUE(split_variables("$rU", modules));
  const auto parts = split_variables("$sht(a=>b)", modules);
  ASSERT_FALSE(parts);
  EXPECT_THAT(parts.error().remedy, HasSubstr("htable.so"));
}

TEST(ReadVariable, GivesTheParts) {
  const auto variable = read_variable("$(hdr(Via)[-1]{s.select,0,;}{s.len})");
  ASSERT_TRUE(variable) << variable.error().message;
  EXPECT_EQ(variable->class_name, "hdr");
  EXPECT_EQ(variable->inner, "Via");
  EXPECT_EQ(variable->index, "-1");
  EXPECT_THAT(variable->transformations, testing::ElementsAre("s.select,0,;", "s.len"));
}

TEST(ReadVariable, NeedsAMarkerInFront) {
  EXPECT_FALSE(read_variable(""));
  EXPECT_FALSE(read_variable("rU"));
  EXPECT_FALSE(read_variable("$"));
}

}  // namespace
}  // namespace kamexec::variables
