// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/request_variables.h"

namespace kamexec::request {
namespace {

void replace_all(std::string& text, std::size_t start, char wanted, char replacement) {
  for (std::size_t at = text.find(wanted, start); at != text.npos; at = text.find(wanted, at + 1)) {
    text[at] = replacement;
  }
}

}  // namespace

void RequestVariables::clear() {
  bytes_.clear();
  variables_.clear();
}

void RequestVariables::set(std::string_view name, std::string_view value) {
  set_written(name, [value](std::string& out) { out += value; });
}

std::string_view RequestVariables::value(std::string_view name) const {
  const Variable* variable = find(name);
  return variable == nullptr
             ? std::string_view()
             : std::string_view(bytes_).substr(variable->offset + variable->name_size + 1,
                                               variable->size - variable->name_size - 1);
}

std::string_view RequestVariables::oversized() const {
  for (const Variable& variable : variables_) {
    if (variable.size >= kLongestVariable && find(name_of(variable)) == &variable) {
      return name_of(variable);
    }
  }
  return {};
}

void RequestVariables::begin(std::string_view name) {
  Variable variable;
  variable.offset = bytes_.size();
  variable.name_size = name.size();
  bytes_ += name;
  replace_all(bytes_, variable.offset, '\0', '_');
  replace_all(bytes_, variable.offset, '=', '_');
  bytes_ += '=';
  variables_.push_back(variable);
}

void RequestVariables::finish() {
  Variable& variable = variables_.back();
  replace_all(bytes_, variable.offset + variable.name_size + 1, '\0', ' ');
  variable.size = bytes_.size() - variable.offset;
  bytes_ += '\0';
}

const RequestVariables::Variable* RequestVariables::find(std::string_view name) const {
  for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
    if (name_of(*variable) == name) {
      return &*variable;
    }
  }
  return nullptr;
}

std::string_view RequestVariables::name_of(const Variable& variable) const {
  return std::string_view(bytes_).substr(variable.offset, variable.name_size);
}

}  // namespace kamexec::request
