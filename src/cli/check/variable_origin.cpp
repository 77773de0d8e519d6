// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/variable_origin.h"

#include <algorithm>
#include <array>

#include "cli/check/known_origins.h"
#include "cli/check/lexer.h"
#include "variables/read_variable.h"

namespace kamexec::check {
namespace {

/// Transformations after which only digits, letters and base64's signs are left.
constexpr std::array<std::string_view, 9> kCleaning = {
    "s.int",    "s.len",     "s.md5",         "s.sha256",       "s.sha384",
    "s.sha512", "s.numeric", "s.encode.hexa", "s.encode.base64"};

/// The name of the last transformation; empty: none.
std::string_view last_transformation(std::string_view variable) {
  const auto read = read_variable(variable);
  if (!read || read->transformations.empty()) {
    return {};
  }
  const std::string_view last = read->transformations.back();
  return last.substr(0, last.find(','));
}

/// "hdr" of "$(hdr(X)[0])".
std::string_view class_of(std::string_view variable) {
  variable.remove_prefix(std::min(variable.find_first_not_of("$("), variable.size()));
  std::size_t end = 0;
  while (end < variable.size() &&
         (is_word_byte(static_cast<unsigned char>(variable[end])) || variable[end] == '.')) {
    ++end;
  }
  return variable.substr(0, end);
}

}  // namespace

Origin origin_of(std::string_view variable) {
  if (!variable.empty() && variable[0] == '@') {
    return origin_of_select(variable.substr(1));
  }
  const std::string_view last = last_transformation(variable);
  if (std::find(kCleaning.begin(), kCleaning.end(), last) != kCleaning.end()) {
    return {Control::limited, Form::none, "what {s. ...} leaves of it"};
  }
  const std::string_view name = class_of(variable);
  if (name == "sel") {
    const std::size_t inner = variable.find('(', variable.find("sel"));
    return origin_of_select(variable.substr(std::min(inner, variable.size() - 1) + 1));
  }
  return origin_of_class(name);
}

std::string_view base_name(std::string_view variable) {
  const bool enclosed = variable.substr(0, 2) == "$(";
  variable.remove_prefix(std::min<std::size_t>(enclosed ? 2 : 1, variable.size()));
  std::size_t end = class_of(variable).size();
  if (end < variable.size() && variable[end] == '(') {
    std::size_t depth = 0;
    do {
      depth += variable[end] == '(' ? 1 : 0;
      depth -= variable[end] == ')' ? 1 : 0;
      ++end;
    } while (depth > 0 && end < variable.size());
  }
  return variable.substr(0, end);
}

}  // namespace kamexec::check
