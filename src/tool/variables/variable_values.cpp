// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/variable_values.h"

#include "base/printable.h"
#include "tool/variables/message_value.h"
#include "tool/variables/transformation.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 80;
constexpr int kDeepest = 8;  // variables in names, indexes and parameters of others

tl::unexpected<Error> give_it(std::string_view written, const std::string& why) {
  const std::string name = printable(written, kShown);
  return failure(name + " " + why + "; give its value: --set '" + name + "=VALUE'");
}

}  // namespace

Result<Value> VariableValues::value_of(std::string_view written) const {
  return value_of(written, 0);
}

Result<Value> VariableValues::value_of(std::string_view written, int depth) const {
  const auto variable = variables::read_variable(written);
  if (!variable) {
    return failure(variable.error().message + "; " + variable.error().remedy);
  }
  if (depth > kDeepest) {
    return give_it(written, "nests variables too deeply");
  }
  if (auto given = given_.find(written)) {
    return std::move(*given);
  }
  Result<Value> value = before_transformations(written, *variable, depth);
  for (const std::string_view transformation : variable->transformations) {
    if (!value || value->kind == Value::Kind::unreadable) {
      break;
    }
    value = transformed(std::move(*value), transformation,
                        [&](std::string_view inner) { return value_of(inner, depth + 1); });
    if (!value) {
      return give_it(written, value.error().message);
    }
  }
  return value;
}

Result<Value> VariableValues::before_transformations(std::string_view written,
                                                     const variables::Variable& variable,
                                                     int depth) const {
  if (auto given = given_.find(written, true)) {
    return std::move(*given);
  }
  const std::string_view name = variable.class_name;
  if (name == "var" || name == "vz") {
    return Value::of("0");
  }
  if (name == "avp" || name == "vn") {
    return Value::null();
  }
  if (message_ == nullptr) {
    return give_it(written, "needs a message, and there is none (--message)");
  }
  if (name == "hdr" || name == "hdrc") {
    return header(written, variable, depth);
  }
  if (auto value = message_value(*message_, name); value && !variable.index) {
    return std::move(*value);
  }
  return give_it(written, "is not a variable of the message");
}

Result<Value> VariableValues::header(std::string_view written, const variables::Variable& variable,
                                     int depth) const {
  const Result<std::string> name = name_text(variable.inner.value_or(""), depth);
  const Result<std::string> index = name_text(variable.index.value_or(""), depth);
  if (!name || !index) {
    return tl::unexpected<Error>(name ? index.error() : name.error());
  }
  if (variable.class_name == "hdrc") {
    return header_count(*message_, *name);
  }
  auto value = header_value(*message_, *name, *index);
  return value ? Result<Value>(std::move(*value)) : give_it(written, "has an unusual index");
}

Result<std::string> VariableValues::name_text(std::string_view name, int depth) const {
  if (name.empty() || name.front() != '$') {
    return std::string(name);
  }
  const Result<Value> value = value_of(name, depth + 1);
  return value ? Result<std::string>(value->printed())
               : Result<std::string>(tl::unexpected<Error>(value.error()));
}

}  // namespace kamexec::tool
