// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/defines.h"

#include <utility>

namespace kamexec::tool::check {

bool Defines::add(std::string_view name, Define define, How how) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) {
    return by_name_.size() < kMost && by_name_.emplace(std::string(name), std::move(define)).second;
  }
  if (how == How::again) {
    known->second = std::move(define);
  }
  return how != How::once;
}

bool Defines::remove(std::string_view name) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) {
    return false;
  }
  by_name_.erase(known);
  return true;
}

const Define* Defines::find(std::string_view name) const {
  const auto known = by_name_.find(name);
  return known == by_name_.end() ? nullptr : &known->second;
}

}  // namespace kamexec::tool::check
