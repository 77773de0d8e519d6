// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/attribute_rule.h"

namespace kamexec::program {
namespace {

Result<void> read_number_field(const NumberField& field, const Attribute& attribute,
                               ProgramDefinition& into) {
  return read_number(field.range, attribute).map([&](std::int64_t number) {
    field.set(into, number);
  });
}

}  // namespace

Result<void> read_value(const AttributeRule& rule, const Attribute& attribute,
                        ProgramDefinition& into) {
  const auto* number = std::get_if<NumberField>(&rule.field);
  Result<void> read = number != nullptr ? read_number_field(*number, attribute, into)
                                        : std::get<OwnField>(rule.field).read(attribute, into);
  if (!read) {
    read.error().message = std::string(rule.name) + ": " + read.error().message;
  }
  return read;
}

std::string write_value(const AttributeRule& rule, const ProgramDefinition& program) {
  const auto* field = std::get_if<NumberField>(&rule.field);
  if (field == nullptr) {
    return std::get<OwnField>(rule.field).write(program);
  }
  const auto number = field->get(program);
  if (!number || (field->unset_is_zero && *number == 0)) {
    return {};
  }
  return number_text(field->range, *number);
}

}  // namespace kamexec::program
