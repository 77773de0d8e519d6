// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "request/request_facts.h"

namespace kamexec::request {

/// Which header fields of a message make up which variable. Walk it so:
///
///     for (i = 0; i < size(); ++i)
///       if (is_first(i))
///         for (j = i; j != kNone; j = next(j))  // header fields of variable name(i), in order
///
/// O(n log n) whatever the names. Memory comes from @p memory, which must outlive this.
class HeaderVariables {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  HeaderVariables(const std::vector<HeaderField>& headers, std::pmr::memory_resource* memory);

  [[nodiscard]] std::size_t size() const { return places_.size(); }
  /// Whether header field @p i is the first of its variable. Never for one without a name.
  [[nodiscard]] bool is_first(std::size_t i) const { return places_[i].first; }
  /// The next header field of the same variable, kNone after the last.
  [[nodiscard]] std::size_t next(std::size_t i) const { return places_[i].next; }
  /// The variable's name, SIP_HF_…; lives as long as this.
  [[nodiscard]] std::string_view name(std::size_t i) const { return places_[i].name; }

 private:
  struct Place {
    std::string_view name;
    std::size_t next = kNone;
    bool first = false;
  };

  void name_all(const std::vector<HeaderField>& headers);
  void link_same_names(std::pmr::memory_resource* memory);

  std::pmr::vector<char> names_;
  std::pmr::vector<Place> places_;
};

}  // namespace kamexec::request
