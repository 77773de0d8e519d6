// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/envp.h"

#include <algorithm>

namespace kamexec::request {

char* const* Envp::fill(const InheritedEnvironment& base, std::string_view variables) {
  // execve's type is older than const; nobody writes through it.
  variables_.clear();
  names_.clear();
  while (!variables.empty()) {
    const std::string_view entry = variables.substr(0, variables.find('\0'));
    const std::string_view name = entry.substr(0, entry.find('='));
    names_.push_back({name_hash(name), name, variables_.size()});
    variables_.push_back(const_cast<char*>(entry.data()));
    variables.remove_prefix(std::min(entry.size() + 1, variables.size()));
  }
  std::sort(names_.begin(), names_.end());
  for (std::size_t i = 0; i + 1 < names_.size(); ++i) {
    if (names_[i].same_name(names_[i + 1])) {
      variables_[names_[i].index] = nullptr;  // set again later
    }
  }

  pointers_.clear();
  for (std::size_t i = 0; i < base.entries().size(); ++i) {
    if (!has(base.name(i))) {
      pointers_.push_back(const_cast<char*>(base.entries()[i].c_str()));
    }
  }
  std::copy_if(variables_.begin(), variables_.end(), std::back_inserter(pointers_),
               [](const char* variable) { return variable != nullptr; });
  pointers_.push_back(nullptr);
  return pointers_.data();
}

bool Envp::has(const InheritedEnvironment::Name& name) const {
  const NameKey wanted{name.hash, name.text, 0};
  const auto found = std::lower_bound(names_.begin(), names_.end(), wanted);
  return found != names_.end() && found->same_name(wanted);
}

}  // namespace kamexec::request
