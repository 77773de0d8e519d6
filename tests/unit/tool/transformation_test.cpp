// SPDX-License-Identifier: GPL-2.0-or-later
// What each gives was seen from the real server (tests/kamailio/test_try_agrees.py); these are the
// edges.
#include "tool/variables/transformation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

/// "(unreadable)" where the server can't read it, "error: …" where the tool can't.
std::string after(std::string_view value, std::string_view transformation) {
  const Result<Value> result =
      transformed(Value::of(value), transformation, [](std::string_view written) -> Result<Value> {
        if (written == "$var(two)") {
          return Value::of("2");
        }
        return failure("not set");
      });
  if (!result) {
    return "error: " + result.error().message;
  }
  return result->kind == Value::Kind::unreadable ? "(unreadable)" : result->text;
}

struct Case {
  const char* value;
  const char* transformation;
  const char* result;
};

class Transformations : public testing::TestWithParam<Case> {};

TEST_P(Transformations, DoAsTheServerDoes) {
  EXPECT_EQ(after(GetParam().value, GetParam().transformation), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Strings, Transformations,
    testing::Values(
        Case{"abc", "s.len", "3"}, Case{"abc", "S.LEN", "3"}, Case{"-12", "s.int", "-12"},
        Case{"1x", "s.int", "(unreadable)"}, Case{"99999999999", "s.int", "(unreadable)"},
        Case{"abc", "s.md5", "900150983cd24fb0d6963f7d28e17f72"},
        Case{"abcdef", "s.substr,1,2", "bc"}, Case{"abcdef", "s.substr,4,9", "ef"},
        Case{"abcdef", "s.substr,-3,2", "de"}, Case{"abcdef", "s.substr,2,0", "cdef"},
        Case{"abcdef", "s.substr,$var(two),1", "c"}, Case{"abc", "s.substr,3,1", "(unreadable)"},
        Case{"abc", "s.substr,0,-1", "(unreadable)"}, Case{"abc", "s.substr,x,1", "(unreadable)"},
        Case{"abc", "s.substr", "(unreadable)"}, Case{"a,b,c", "s.select,1,,", "b"},
        Case{"a,b,c", "s.select,-1,,", "c"}, Case{"a,b", "s.select,2,,", ""},
        Case{"a\tb", "s.select,1,\\t", "b"}, Case{"", "s.select,0,;", ""},
        Case{"AbC", "s.tolower", "abc"}, Case{"AbC", "s.toupper", "ABC"},
        Case{"+49-30", "s.numeric", "4930"}, Case{" a b\t", "s.trim", "a b"},
        Case{" a b\t", "s.rmws", "ab"}, Case{"abcb", "s.rm,b", "ac"},
        Case{"abcb", "s.replace,b,xyz", "axyzcxyz"}, Case{"abc", "s.strip,2", "c"},
        Case{"abc", "s.strip,9", ""}, Case{"abc", "s.striptail,1", "ab"},
        Case{"a;b;c", "s.count,;", "2"}));

INSTANTIATE_TEST_SUITE_P(Escapes, Transformations,
                         testing::Values(Case{"a'\"\\", "s.escape.common", "a\\'\\\"\\\\"},
                                         Case{"a\\'\\x", "s.unescape.common", "a'\\x"},
                                         Case{"a b@c", "s.escape.user", "a%20b%40c"},
                                         Case{"a%20b", "s.unescape.user", "a b"},
                                         Case{"a%00", "s.unescape.user", "(unreadable)"},
                                         Case{"a%2", "s.unescape.user", "(unreadable)"},
                                         Case{"\xc3", "s.escape.user", "(unreadable)"},
                                         Case{"a=b:c", "s.escape.param", "a%3db:c"},
                                         Case{"a\xff", "s.encode.hexa", "61ff"}));

INSTANTIATE_TEST_SUITE_P(Bodies, Transformations,
                         testing::Values(Case{"sip:u:p@h:1;a=b;lr", "uri.user", "u"},
                                         Case{"sip:u:p@h:1;a=b;lr", "uri.host", "h"},
                                         Case{"sip:u:p@h:1;a=b;lr", "uri.port", "1"},
                                         Case{"sip:u:p@h:1;a=b;lr", "uri.params", "a=b;lr"},
                                         Case{"sip:u:p@h:1;a=b;lr", "uri.param,A", "b"},
                                         Case{"nothing", "uri.user", "(unreadable)"},
                                         Case{"\"a<b\" <sip:x>;q", "nameaddr.uri", "sip:x"},
                                         Case{"\"a<b\" <sip:x>;q", "nameaddr.name", "\"a<b\" "},
                                         Case{"sip:x", "nameaddr.uri", "sip:x"},
                                         Case{"<sip:x", "nameaddr.uri", "(unreadable)"},
                                         Case{"a=1;b=\"x;y\"", "param.value,B", "x;y"},
                                         Case{"a=1,b=2", "param.value,b,,", "2"},
                                         Case{"a=1", "param.value,c", ""},
                                         Case{"a=1;b", "param.in,b", "1"},
                                         Case{"a=1;b", "param.count", "2"}));

INSTANTIATE_TEST_SUITE_P(Substitutions, Transformations,
                         testing::Values(Case{"abc", "re.subst,/b/x/", "axc"},
                                         Case{"abab", "re.subst,/b/x/g", "axax"},
                                         Case{"aBc", "re.subst,/b/x/i", "axc"},
                                         Case{"abc", "re.subst,/^(.)(.*)$/\\2-\\1/", "bc-a"},
                                         Case{"a/b", "re.subst,#/#\\\\#", "a\\b"},
                                         Case{"abc", "re.subst,/(/x/", "(unreadable)"},
                                         Case{"abc", "re.subst", "(unreadable)"},
                                         Case{"aaa", "re.subst,/x*/-/g", "(unreadable)"}));

TEST(Transformation, OfNoValueCantBeApplied) {
  const Result<Value> result = transformed(Value::null(), "s.len", {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kind, Value::Kind::unreadable);
}

TEST(Transformation, ThatIsNotKnownIsNamed) {
  EXPECT_THAT(after("a", "s.decode.base64t"), testing::HasSubstr("{s.decode.base64t}"));
}

TEST(Transformation, NeedsTheValuesOfItsParameters) {
  EXPECT_THAT(after("a", "s.substr,$var(x),1"), testing::HasSubstr("not set"));
}

}  // namespace
}  // namespace kamexec::tool
