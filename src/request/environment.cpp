// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/environment.h"

#include <algorithm>

namespace kamexec {
namespace {

void replace_all(std::string& text, std::size_t start, char wanted, char replacement) {
  for (std::size_t at = text.find(wanted, start); at != text.npos; at = text.find(wanted, at + 1)) {
    text[at] = replacement;
  }
}

}  // namespace

void Environment::clear() {
  inherited_ = nullptr;
  bytes_.clear();
  variables_.clear();
}

void Environment::inherit(const InheritedEnvironment& inherited) {
  inherited_ = &inherited;
}

void Environment::set(std::string_view name, std::string_view value) {
  set_written(name, [value](std::string& out) { out += value; });
}

char* const* Environment::envp() {
  sort_names();
  pointers_.clear();
  if (inherited_ != nullptr) {
    for (std::size_t i = 0; i < inherited_->entries().size(); ++i) {
      if (!is_set(inherited_->name(i))) {
        // execve's type is older than const; nobody writes through it.
        pointers_.push_back(const_cast<char*>(inherited_->entries()[i].c_str()));
      }
    }
  }
  for (const Variable& variable : variables_) {
    if (!variable.superseded) {
      pointers_.push_back(bytes_.data() + variable.offset);
    }
  }
  pointers_.push_back(nullptr);
  return pointers_.data();
}

std::string_view Environment::value(std::string_view name) const {
  if (const Variable* variable = find(name)) {
    return std::string_view(bytes_).substr(variable->offset + variable->name_size + 1,
                                           variable->size - variable->name_size - 1);
  }
  return inherited_ != nullptr ? inherited_->value(name) : std::string_view{};
}

std::string_view Environment::oversized() const {
  for (const Variable& variable : variables_) {
    if (variable.size >= kLongestVariable && find(name_of(variable)) == &variable) {
      return name_of(variable);
    }
  }
  return {};
}

void Environment::begin(std::string_view name) {
  Variable variable;
  variable.offset = bytes_.size();
  variable.name_size = name.size();
  bytes_ += name;
  replace_all(bytes_, variable.offset, '\0', '_');
  replace_all(bytes_, variable.offset, '=', '_');
  variable.hash = name_hash(std::string_view(bytes_).substr(variable.offset));
  bytes_ += '=';
  variables_.push_back(variable);
}

void Environment::finish() {
  Variable& variable = variables_.back();
  replace_all(bytes_, variable.offset + variable.name_size + 1, '\0', ' ');
  variable.size = bytes_.size() - variable.offset;
  bytes_ += '\0';
}

void Environment::sort_names() {
  names_.clear();
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    names_.push_back({variables_[i].hash, name_of(variables_[i]), i});
  }
  std::sort(names_.begin(), names_.end());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    variables_[names_[i].index].superseded =
        i + 1 < names_.size() && names_[i].same_name(names_[i + 1]);
  }
}

bool Environment::is_set(const InheritedEnvironment::Name& name) const {
  const NameKey wanted{name.hash, name.text, 0};
  const auto found = std::lower_bound(names_.begin(), names_.end(), wanted);
  return found != names_.end() && found->same_name(wanted);
}

const Environment::Variable* Environment::find(std::string_view name) const {
  for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
    if (name_of(*variable) == name) {
      return &*variable;
    }
  }
  return nullptr;
}

std::string_view Environment::name_of(const Variable& variable) const {
  return std::string_view(bytes_).substr(variable.offset, variable.name_size);
}

}  // namespace kamexec
