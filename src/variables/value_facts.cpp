// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/value_facts.h"

#include <algorithm>
#include <array>

#include "variables/read_variable.h"
#include "variables/split_variables.h"
#include "variables/variable_origin.h"

namespace kamexec::variables {
namespace {

/// Transformations that leave a number.
constexpr auto kNumeric = std::to_array<std::string_view>({"s.int", "s.len", "s.numeric"});
/// Those whose result has letters that a sender can choose.
constexpr auto kChoosable = std::to_array<std::string_view>({"s.encode.base64"});
/// Variables that are numbers, besides those that their origin says it of.
constexpr auto kNumbers =
    std::to_array<std::string_view>({"sp", "Rp", "TS", "Ts", "Tb", "TV", "prid", "mF", "mf"});

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

}  // namespace

command::ValueFacts value_facts(std::string_view variable) {
  command::ValueFacts facts;
  if (!variable.starts_with('$')) {
    return facts;
  }
  const auto read = read_variable(variable);
  if (!read) {
    return facts;
  }
  const Origin origin = origin_of(variable);
  const std::string_view last =
      read->transformations.empty()
          ? std::string_view()
          : read->transformations.back().substr(0, read->transformations.back().find(','));
  if (origin.control != Control::limited || one_of(last, kChoosable)) {
    return facts;
  }
  facts.is_callers = false;
  facts.is_number = last.empty() ? origin.what == "a number" || one_of(read->class_name, kNumbers)
                                 : one_of(last, kNumeric);
  facts.may_be_option = last == "s.int" || origin.what == "the operator's own text";
  return facts;
}

std::string callers_input(std::string_view function, std::string_view input) {
  if (function.starts_with("exec_msg")) {
    return "the message on standard input";
  }
  if (!function.starts_with("exec_run")) {
    return {};
  }
  const auto parts = split_variables(input);
  if (!parts) {
    return std::string(input);
  }
  for (const command::TemplatePart& part : *parts) {
    if (part.is_variable && value_facts(part.text).is_callers) {
      return part.text + " on standard input";
    }
  }
  return {};
}

bool has_message_variables(std::string_view function) {
  return !function.starts_with("exec_cmd");
}

}  // namespace kamexec::variables
