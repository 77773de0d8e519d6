// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/given_values.h"

#include "base/printable.h"
#include "variables/read_variable.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 80;

/// One spelling for one variable: hdr(x)[1]{s.len}.
std::string key_of(const variables::Variable& variable, bool without_transformations) {
  std::string key(variable.class_name);
  if (variable.inner) {
    key.append("(").append(*variable.inner).append(")");
  }
  if (variable.index) {
    key.append("[").append(*variable.index).append("]");
  }
  if (!without_transformations) {
    for (const std::string_view transformation : variable.transformations) {
      key.append("{").append(transformation).append("}");
    }
  }
  return key;
}

}  // namespace

Result<void> GivenValues::add(std::string_view assignment) {
  const std::size_t size =
      assignment.empty() || assignment.front() != '$' ? 0 : variables::variable_size(assignment);
  const auto variable =
      size == 0 ? tl::unexpected<variables::VariableProblem>(
                      {printable(assignment, kShown) + " does not begin with a variable", ""})
                : variables::read_variable(assignment.substr(0, size));
  const std::string_view rest = size == 0 ? std::string_view() : assignment.substr(size);
  if (!variable || variable->is_marker || (!rest.empty() && rest.front() != '=')) {
    const std::string why = variable
                                ? printable(assignment, kShown) + " has no '=' after the variable"
                                : variable.error().message;
    return failure("--set: " + why + "; write --set '$avp(x)=value'");
  }
  values_[key_of(*variable, false)] = rest.empty() ? Value::null() : Value::of(rest.substr(1));
  return {};
}

std::optional<Value> GivenValues::find(std::string_view written,
                                       bool without_transformations) const {
  const auto variable = variables::read_variable(written);
  if (!variable) {
    return std::nullopt;
  }
  const auto found = values_.find(key_of(*variable, without_transformations));
  return found == values_.end() ? std::nullopt : std::optional<Value>(found->second);
}

}  // namespace kamexec::tool
