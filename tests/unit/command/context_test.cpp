// SPDX-License-Identifier: GPL-2.0-or-later
// What a text becomes: each context and its quoting.
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

struct Context {
  const char* text;
  const char* constant;
};

const Context kContexts[] = {
    {"echo TEST >> /tmp/¤.txt", R"t(echo TEST >> /tmp/"${1}".txt)t"},
    {"a ¤ b", R"t(a "${1}" b)t"},
    {"a \"¤\"", R"t(a "${1}")t"},
    {"a '¤'", R"t(a ''"${1}"'')t"},
    {"a 'x ¤ y'", R"t(a 'x '"${1}"' y')t"},
    {"a ¤¤", R"t(a "${1}""${2}")t"},
    {"a $X¤", R"t(a $X"${1}")t"},
    {"a \"$X¤y\"", R"t(a "$X${1}y")t"},
    {"a $(b ¤)", R"t(a $(b "${1}"))t"},
    {"a \"$(b ¤)\"", R"t(a "$(b "${1}")")t"},
    {"a \"$(b \"¤\")\"", R"t(a "$(b "${1}")")t"},
    {"a \"$(b '¤')\"", R"t(a "$(b ''"${1}"'')")t"},
    {"a `b ¤`", R"t(a `b "${1}"`)t"},
    {"a \"`b \\\"¤\\\"`\"", R"t(a "`b \"${1}\"`")t"},
    {"a `b \\`c ¤\\``", R"t(a `b \`c "${1}"\``)t"},
    {"a ${X:-¤}", R"t(a ${X:-"${1}"})t"},
    {"a \"${X:-¤}\"", R"t(a "${X:-${1}}")t"},
    {"a ${X#¤}", R"t(a ${X#"${1}"})t"},
    {"a \"${X#¤}\"", R"t(a "${X#"${1}"}")t"},
    {"a <<E\n¤ '¤' \"¤\"\nE", "a <<E\n${1} '${2}' \"${3}\"\nE"},
    {"a <<E\n$(b ¤)\nE\nc ¤", "a <<E\n$(b \"${1}\")\nE\nc \"${2}\""},
    {"a <<E\n${X:-¤}\nE", "a <<E\n${X:-${1}}\nE"},
    {"a # ¤ '", "a # ${1} '"},
    {"case ¤ in ¤) a;; esac", R"t(case "${1}" in "${2}") a;; esac)t"},
    {"X=¤ a", R"t(X="${1}" a)t"},
    {"a >¤", R"t(a >"${1}")t"},
    {"a <<<¤", R"t(a <<<"${1}")t"},
    {"a <(b ¤) ¤", R"t(a <(b "${1}") "${2}")t"},
    {"[[ ¤ == a* ]]", R"t([[ "${1}" == a* ]])t"},
    {"f() { a ¤ $1; }; f", R"t(_value_1=${1}; set --; f() { a "${_value_1}" $1; }; f)t"},
    {"set -- ¤ '¤'",
     R"t(_value_1=${1}; _value_2=${2}; set --; set -- "${_value_1}" ''"${_value_2}"'')t"},
    {"-a ¤", R"t( -a "${1}")t"},
    {"¤", R"t(_value_1=${1}; set --; "${_value_1}")t"},
    {"", ""},
};

TEST(Context, DecidesTheQuotes) {
  for (const Context& context : kContexts) {
    EXPECT_EQ(constant_text(context.text), context.constant) << context.text;
  }
}

TEST(Context, ValuesKeepTheirNumbersPastNine) {
  EXPECT_EQ(constant_text("a ¤ ¤ ¤ ¤ ¤ ¤ ¤ ¤ ¤ ¤0"),
            R"t(a "${1}" "${2}" "${3}" "${4}" "${5}" "${6}" "${7}" "${8}" "${9}" "${10}"0)t");
}

TEST(Context, TextWithoutVariablesStaysAsItIs) {
  for (const char* text : {"a 'b' \"c\" $(d) `e` ${f} $((1)) <<E\n$1\nE\n", "set -- a; b $1",
                           "a\r\nb\r\n", "a \xff\xfe", "   ", "\n"}) {
    EXPECT_EQ(constant_text(text), text);
  }
}

TEST(Context, NamesAreGivenOnlyWhereTheTextUsesThePositionalParameters) {
  for (const char* text : {"a ¤ $1",
                           "a ¤ \"$@\"",
                           "a ¤ $*",
                           "a ¤ $#",
                           "a ¤ ${2}",
                           "a ¤ ${#}",
                           "a ¤ ${@:-x}",
                           "shift; a ¤",
                           "set x; a ¤",
                           "eval x; a ¤",
                           ". ./x; a ¤",
                           "f() { a ¤; }",
                           "f () a ¤",
                           "function f { a ¤; }",
                           "for x do a ¤; done",
                           "for x; do a ¤; done",
                           "getopts a x; a ¤",
                           "command set -- x; a ¤",
                           "$X a ¤",
                           "trap 'a $1' EXIT; b ¤",
                           "if set x; then a ¤; fi"}) {
    EXPECT_EQ(constant_text(text).substr(0, 14), "_value_1=${1};") << text;
  }
  for (const char* text : {"a ¤ $0", "a ¤ $?", "a ¤ $$", "a ¤ ${#X}", "a ¤ set", "a '$1' ¤",
                           "a \\$1 ¤", "for x in a; do b ¤; done", "case ¤ in a|¤) b;; esac",
                           "for x\nin a; do b ¤; done", "(a ¤)", "a $(b) ¤"}) {
    EXPECT_EQ(constant_text(text).find("_value_"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace kamexec::command
