// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/inherited_environment.h"

#include <algorithm>

#include "request/name_key.h"

namespace kamexec::request {
namespace {

constexpr std::string_view kRequestPrefix = "SIP_";

// Calls take(entry, size of its name) for every entry that may be inherited.
template <typename Take>
void for_each_entry(const char* const* all, Take take) {
  for (; all != nullptr && *all != nullptr; ++all) {
    const std::string_view entry(*all);
    const std::size_t name_size = entry.find('=');
    if (name_size != entry.npos && name_size > 0 && !entry.starts_with(kRequestPrefix)) {
      take(entry, name_size);
    }
  }
}

}  // namespace

InheritedEnvironment InheritedEnvironment::everything(const char* const* all) {
  InheritedEnvironment result;
  for_each_entry(
      all, [&](std::string_view entry, std::size_t name_size) { result.add(entry, name_size); });
  return result;
}

InheritedEnvironment InheritedEnvironment::only(const char* const* all,
                                                const std::vector<std::string>& names) {
  InheritedEnvironment result;
  for_each_entry(all, [&](std::string_view entry, std::size_t name_size) {
    if (std::find(names.begin(), names.end(), entry.substr(0, name_size)) != names.end()) {
      result.add(entry, name_size);
    }
  });
  return result;
}

void InheritedEnvironment::assign(std::string_view assignment) {
  const std::string_view name = assignment.substr(0, assignment.find('='));
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (this->name(i).text == name) {
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
      names_.erase(names_.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  add(assignment, name.size());
}

std::string_view InheritedEnvironment::value(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (this->name(i).text == name) {
      return std::string_view(entries_[i]).substr(name.size() + 1);
    }
  }
  return {};
}

void InheritedEnvironment::add(std::string_view entry, std::size_t name_size) {
  const std::string_view name = entry.substr(0, name_size);
  if (!has(name)) {
    entries_.emplace_back(entry);
    names_.push_back({name_size, name_hash(name)});
  }
}

bool InheritedEnvironment::has(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (this->name(i).text == name) {
      return true;
    }
  }
  return false;
}

}  // namespace kamexec::request
