// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>

namespace kamexec::request {

[[nodiscard]] inline std::size_t name_hash(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

/// A name and its place in a list. Sorted, equal names stand together, in the order of the list.
/// Sorting and not a hash table: callers choose header names, and names made to collide cost a
/// comparison here, not a walk through all of them.
struct NameKey {
  std::size_t hash = 0;
  std::string_view name;
  std::size_t index = 0;

  [[nodiscard]] bool same_name(const NameKey& other) const {
    return hash == other.hash && name == other.name;
  }
  [[nodiscard]] friend bool operator<(const NameKey& a, const NameKey& b) {
    return a.hash != b.hash ? a.hash < b.hash
                            : std::tie(a.name, a.index) < std::tie(b.name, b.index);
  }
};

}  // namespace kamexec::request
