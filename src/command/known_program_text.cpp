// SPDX-License-Identifier: GPL-2.0-or-later
// modparam("exec", "interpreter", "…"): a program that the table doesn't know.
#include <charconv>

#include "command/known_programs.h"

namespace kamexec::command {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kLetters = "dcjsbraxwu";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

Result<void> set(KnownProgram& known, std::string_view attribute, std::string_view value) {
  if (attribute == "name") {
    known.names = value;
  } else if (attribute == "code") {
    known.code = value;
  } else if (attribute == "first_code") {
    known.first_code = value;
  } else if (attribute == "programs") {
    known.programs = value;
  } else if (attribute == "values") {
    known.values = value;
  } else if (attribute == "operands") {
    if (value.empty() || value.find_first_not_of(kLetters) != value.npos) {
      return failure("operands=" + std::string(value) + ": it takes letters of \"" +
                     std::string(kLetters) + "\"");
    }
    known.operands = value;
  } else if (attribute == "input") {
    int operands = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), operands);
    if (error != std::errc() || end != value.data() + value.size() || operands < 0) {
      return failure("input=" + std::string(value) +
                     ": it takes how many operands there may be beside it, 0 or more");
    }
    known.input_operands = operands;
  } else {
    return failure("\"" + std::string(attribute) +
                   "\" is none of name, operands, code, first_code, programs, values, input");
  }
  return {};
}

}  // namespace

Result<void> AddedPrograms::add(std::string_view text) {
  const std::string_view kept = texts_.emplace_back(text);
  KnownProgram known;
  known.operands_with_code = "d";
  known.options_anywhere = true;
  known.options_run = true;
  known.remedy = "pass it as data: an argument after the text, or standard input";
  for (std::size_t at = 0; at < kept.size();) {
    const std::size_t end = std::min(kept.find(';', at), kept.size());
    const std::string_view one = trimmed(kept.substr(at, end - at));
    at = end + 1;
    if (one.empty()) {
      continue;
    }
    const std::size_t equals = one.find('=');
    if (equals == one.npos) {
      return failure("\"" + std::string(one) + "\": an attribute is written as name=value");
    }
    if (Result<void> done =
            set(known, trimmed(one.substr(0, equals)), trimmed(one.substr(equals + 1)));
        !done) {
      return done;
    }
  }
  if (known.names.empty()) {
    return failure("it has no name");
  }
  known.operands_with_code = known.operands == "c" ? "c" : "d";
  all_.push_back(known);
  return {};
}

}  // namespace kamexec::command
