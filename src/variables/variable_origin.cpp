// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/variable_origin.h"

#include <algorithm>
#include <array>

#include "variables/read_variable.h"

namespace kamexec::variables {
namespace {

constexpr int kDeepest = 4;

/// Transformations after which only digits, letters and base64's signs are left.
constexpr std::array<std::string_view, 9> kCleaning = {
    "s.int",    "s.len",     "s.md5",         "s.sha256",       "s.sha384",
    "s.sha512", "s.numeric", "s.encode.hexa", "s.encode.base64"};

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

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
  while (end < variable.size() && (is_word_byte(variable[end]) || variable[end] == '.')) {
    ++end;
  }
  return variable.substr(0, end);
}

/// @p depth: of variables in the parameters of others.
Origin origin_at(std::string_view variable, int depth) {
  if (!variable.empty() && variable[0] == '@') {
    return origin_of_select(variable.substr(1));
  }
  const std::string_view last = last_transformation(variable);
  if (std::find(kCleaning.begin(), kCleaning.end(), last) != kCleaning.end()) {
    return {Control::limited, Form::none, "the rest after {s. ...}"};
  }
  const std::string_view name = class_of(variable);
  Origin origin = origin_of_class(name);
  if (name == "sel") {
    const std::size_t inner = variable.find('(', variable.find("sel"));
    origin = origin_of_select(variable.substr(std::min(inner, variable.size() - 1) + 1));
  }
  for (const std::string_view parameter : parameter_variables(variable)) {
    // What a parameter puts there is part of the value: $(si{s.replace,127,$rU}).
    const Origin other = depth < kDeepest
                             ? origin_at(parameter, depth + 1)
                             : Origin{Control::caller, Form::none, "the values of its parameters"};
    if (other.control < origin.control) {
      origin = {other.control, Form::none, other.what};
    }
  }
  return origin;
}

}  // namespace

Origin origin_of(std::string_view variable) {
  return origin_at(variable, 0);
}

std::vector<std::string_view> parameter_variables(std::string_view variable) {
  std::vector<std::string_view> found;
  const auto read = read_variable(variable);
  if (!read) {
    return found;
  }
  for (const std::string_view transformation : read->transformations) {
    for (std::size_t at = transformation.find('$'); at != std::string_view::npos;) {
      const std::size_t size = variable_size(transformation.substr(at));
      const std::string_view one = transformation.substr(at, size);
      // Shorter than the variable that it stands in, so that this ends.
      if (size > 1 && one.size() < variable.size()) {
        found.push_back(one);
      }
      at = transformation.find('$', at + std::max<std::size_t>(size, 1));
    }
  }
  return found;
}

std::string_view base_name(std::string_view variable) {
  const bool enclosed = variable.substr(0, 2) == "$(";
  variable.remove_prefix(std::min<std::size_t>(enclosed ? 2 : 1, variable.size()));
  std::size_t end = class_of(variable).size();
  if (end < variable.size() && variable[end] == '(') {
    std::size_t depth = 0;
    do {
      depth += variable[end] == '(' ? 1U : 0U;
      depth -= variable[end] == ')' ? 1U : 0U;
      ++end;
    } while (depth > 0 && end < variable.size());
  }
  return variable.substr(0, end);
}

}  // namespace kamexec::variables
