// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace kamexec::tool::check {

/// A byte of a configuration, as its author sees it: what a define expands to stands where the
/// define's name does.
struct SourceLocation {
  std::uint32_t file = 0;  ///< number in Configuration::files
  std::uint32_t line = 1;
  std::uint32_t column = 1;  ///< in bytes

  bool operator==(const SourceLocation&) const = default;
};

}  // namespace kamexec::tool::check
