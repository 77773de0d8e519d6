// SPDX-License-Identifier: GPL-2.0-or-later
// Sections of a file that are about the daemon, [kamexecd] and [nats]: settings by their names.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "program/programs_file.h"

namespace kamexec::daemon {

/// Reads the value of one setting into its member. An error's message is without its name.
template <typename Settings>
struct Setting {
  std::string_view name;
  Result<void> (*read)(const program::Attribute& attribute, Settings& into) = nullptr;
};

/// What was given, and its place: "FILE:LINE".
using SettingPlaces = std::map<std::string, std::string, std::less<>>;

/// "FILE:LINE: [SECTION]: MESSAGE"
[[nodiscard]] std::string in_section(const std::string& place, std::string_view section,
                                     const std::string& message);

/// Has @p read read each of @p attributes that is one of @p names, by its index. What is wrong is
/// added to @p mistakes, with its place: one of none of those names, or given twice, too.
SettingPlaces read_section(
    std::string_view section, std::span<const std::string_view> names,
    const std::vector<program::PlacedAttribute>& attributes, std::vector<std::string>& mistakes,
    const std::function<Result<void>(std::size_t index, const program::Attribute&)>& read);

template <typename Settings, std::size_t count>
SettingPlaces read_section(std::string_view section,
                           const std::array<Setting<Settings>, count>& known,
                           const std::vector<program::PlacedAttribute>& attributes, Settings& into,
                           std::vector<std::string>& mistakes) {
  std::array<std::string_view, count> names;
  for (std::size_t i = 0; i < count; ++i) {
    names[i] = known[i].name;
  }
  return read_section(section, names, attributes, mistakes,
                      [&](std::size_t index, const program::Attribute& attribute) {
                        return known[index].read(attribute, into);
                      });
}

}  // namespace kamexec::daemon
