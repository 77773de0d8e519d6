// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostile_values.h"

#include <array>
#include <string_view>

namespace kamexec::command {
namespace {

using Values = std::vector<std::string>;

void add(Values& values, const Values& more) {
  values.insert(values.end(), more.begin(), more.end());
}

Values single_bytes() {
  Values values;
  for (int byte = 1; byte < 256; ++byte) {
    values.emplace_back(1, static_cast<char>(byte));
  }
  std::string all;
  for (int byte = 255; byte > 0; --byte) {
    all += static_cast<char>(byte);
  }
  values.push_back(all);
  return values;
}

Values white_space() {
  return {"",       " ",      "  ",   "a b",      " a",  "a ",    "  a  b  ",     "\t",   "a\tb",
          "\ta\t",  "\n",     "\n\n", "\na",      "a\n", "a\nb",  "a\n\n\nb\n\n", "\r\n", "a\r\nb",
          "\v\f\r", " \t\n ", "a\\ ", "\\\ntail", "a\\", "a\\\n", "\n#a\n"};
}

Values quotes() {
  return {"'",
          "\"",
          "`",
          "''",
          "\"\"",
          "``",
          "'a",
          "a'",
          "\"a",
          "a\"",
          "it's",
          "'\"'\"'",
          "\"'\"",
          "'\\''",
          "\\'",
          "\\\"",
          "\\`",
          "\\\\",
          "\\",
          "\\\\\\",
          "\"$x\"",
          "'$x'",
          "$'a\\nb'",
          "$\"a\"",
          "'\"`",
          "\"'`\"'`",
          "a'b\"c`d",
          "\"; touch marker; \"",
          "'; touch marker; '",
          "`; touch marker; `"};
}

Values commands() {
  return {"$(touch marker)",
          "`touch marker`",
          "\"$(touch marker)\"",
          "'$(touch marker)'",
          "'\"$(touch marker)\"'",
          "; touch marker",
          "| touch marker",
          "|| touch marker",
          "& touch marker",
          "&& touch marker",
          "\ntouch marker\n",
          "a;touch marker;b",
          ") ; touch marker ; (",
          "}; touch marker; {",
          ")touch marker",
          ";; esac; touch marker #",
          "esac; touch marker",
          "done; touch marker",
          "fi; touch marker",
          "<(touch marker)",
          ">(touch marker)",
          "$((touch marker))",
          "a[$(touch marker)]",
          "a[$(touch marker)]=1",
          "x=$(touch marker)",
          "${x:=$(touch marker)}",
          "${x:-`touch marker`}",
          "$[$(touch marker)]",
          "$(( a[$(touch marker)] ))",
          "\\$(touch marker)",
          "\\`touch marker\\`",
          "\\\\$(touch marker)",
          "$$(touch marker)",
          "${`touch marker`}",
          "eval touch marker",
          "\nE\ntouch marker\n",
          "E\ntouch marker\nE",
          "\n\tE\ntouch marker\n",
          "# \ntouch marker",
          "%0atouch marker",
          "$'\\ntouch marker\\n'",
          "{touch,marker}",
          "() { :;}; touch marker",
          "exec touch marker",
          ">marker",
          ">>marker",
          "<marker",
          "2>marker",
          "&>marker",
          "<>marker",
          ">|marker",
          "<<E\ntouch marker\nE\n",
          "$(<marker)",
          "a\"$(touch marker)\"b",
          "a'`touch marker`'b"};
}

Values expansions() {
  return {"$",    "$$",       "$!",         "$?",          "$-",       "$_",       "$0",     "$1",
          "${1}", "\"${1}\"", "'\"${1}\"'", "${_value_1}", "${10}",    "$10",      "$@",     "$*",
          "$#",   "\"$@\"",   "$HOME",      "${HOME}",     "${#HOME}", "${!HOME}", "$x",     "${",
          "${}",  "${x",      "$(",         "$((",         "$()",      "$(())",    "}",      "{",
          "{}",   "{a,b}",    "{1..3}",     "{a,b}{c,d}",  "~",        "~root",    "~+",     "~/x",
          "a=~",  "*",        "?",          "[a-z]*",      "[!a]",     "[^a]",     "[",      "]",
          "[]",   "**",       "/*",         "/etc/*",      "/*/*",     "*.c",      "?(a|b)", "!(x)",
          "@(a)", "+(a)",     ".*",         "\\*",         "%",        "%s",       "%d%n%s", "%*s",
          "%1$s", "!",        "!!",         "!x",          "!$",       "^a^b",     "a!b"};
}

Values words_of_grammar() {
  return {"-",        "--",      "-n",
          "-e",       "-c",      "-x",
          "+x",       "--help",  "--version",
          "-rf /",    "if",      "then",
          "fi",       "case",    "esac",
          "for",      "in",      "do",
          "done",     "while",   "{",
          "}",        "!",       "[[",
          "]]",       "((",      "))",
          "function", "time",    "select",
          "x=1",      "PATH=",   "PATH=/nonexistent",
          "IFS=x",    "a=b c=d", "x+=1",
          "E",        "-E",      "#",
          "#a",       "a#b",     "# ' \"",
          ":",        ";",       ";;",
          ";&",       "&",       "&&",
          "|",        "||",      "|&",
          "<",        ">",       "<<",
          ">>",       "<<E",     "<<<",
          "<&",       ">&",      "1>&2",
          "()",       "(",       ")",
          "(a)",      "a)",      "a|b",
          "=",        "==",      "=~",
          "0",        "00",      "1",
          "-1",       "0x10",    "1+1",
          "1e3",      "a,b",     "@",
          "^",        "*)",      "a(b",
          "a[1]",     "x[",      ":-",
          "#}",       "%}",      "/}",
          "}\""};
}

Values bytes_of_terminals_and_text() {
  return {"\a\b\x1b",
          "\x1b[31mred\x1b[0m",
          "\x1b]0;title\a",
          "a\\nb\\tc\\0d",
          "\\x41\\101\\u0041",
          "\\c",
          "\xff\xfe",
          "a\xff"
          "b",
          "\xc3",
          "\xc3(",
          "\xe2\x82",
          "\xf0\x9f\x98\x80",
          "\xc0\xaf",
          "\xed\xa0\x80",
          "\xef\xbb\xbf"
          "a",
          "\xc2\xa0",
          "a\xc2\xa0"
          "b",
          "\xe2\x80\x99",
          "\xe2\x80\xa8",
          "\xef\xbc\x84(touch marker)",
          "\xef\xbc\x9b touch marker",
          "\xe2\x80\x9c\xe2\x80\x9d",
          "\xe3\x80\x80",
          "\x81\x88",
          "\x01\x81\x82",
          "\x7f",
          "\xc3\xa4\xc3\xb6\xc3\xbc",
          "\x83\x5c"};
}

Values of_sip() {
  return {"sip:alice@example.com",
          "sip:`touch marker`@example.com",
          "sip:$(touch marker)@example.com",
          "sip:a;touch${IFS}marker@example.com",
          "sip:a'b@example.com;x=\"y z\"",
          "<sip:a@b>;tag=\"x\\\"y\"",
          "\"A \\\"B\\\" C\" <sip:a@b:5060;transport=tcp?Subject=x%20y&p=1>",
          "sip:a@b?X=$SIP_HF_COMMAND",
          "'; DROP TABLE subscriber; --",
          "\" OR \"\"=\"",
          "../../etc/passwd",
          "/dev/null",
          "a@b|touch marker",
          "${IFS}touch${IFS}marker"};
}

}  // namespace

std::vector<std::string> hostile_values() {
  Values values = single_bytes();
  add(values, white_space());
  add(values, quotes());
  add(values, commands());
  add(values, expansions());
  add(values, words_of_grammar());
  add(values, bytes_of_terminals_and_text());
  add(values, of_sip());
  // Every two of those that begin or end something.
  constexpr std::string_view kPairs = "'\"`$\\(){}\n #;&|<>*~!=-";
  std::string pairs;
  for (const char first : kPairs) {
    for (const char second : kPairs) {
      pairs += {first, second, 'x'};
    }
    values.push_back(pairs);
    pairs.clear();
  }
  return values;
}

std::vector<std::string> worst_values() {
  return {"",
          "\n\t a  b\n\n",
          "'\"$(touch marker)\"'\"; touch marker; '; touch marker; `touch marker`",
          "\\$(touch marker)\\",
          "a[$(touch marker)]=${x:=$(touch marker)}",
          "\nE\ntouch marker\n\tE\ntouch marker\n) touch marker;; esac; }; touch marker; #",
          "} ' \" ` \\ $ ( ) { } * ? [!a]* ~ ! # & | ; < > = - % ^ it's ${1} $1 $@",
          "*",
          "\\"};
}

std::vector<std::string> long_values() {
  std::string quotes;
  while (quotes.size() < 65536) {
    quotes += "'\"`$(touch marker)\\\n ";
  }
  return {std::string(65536, 'a'), std::string(65536, '\''), std::string(65536, '\\'),
          std::string(65536, '\n') + "x", quotes};
}

}  // namespace kamexec::command
