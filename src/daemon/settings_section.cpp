// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/settings_section.h"

#include <algorithm>

#include "base/printable.h"
#include "program/attribute_value.h"

namespace kamexec::daemon {
namespace {

constexpr std::size_t kMostShown = 60;

}  // namespace

std::string in_section(const std::string& place, std::string_view section,
                       const std::string& message) {
  return place + ": [" + std::string(section) + "]: " + message;
}

SettingPlaces read_section(
    std::string_view section, std::span<const std::string_view> names,
    const std::vector<program::PlacedAttribute>& attributes, std::vector<std::string>& mistakes,
    const std::function<Result<void>(std::size_t, const program::Attribute&)>& read) {
  SettingPlaces places;
  for (const program::PlacedAttribute& one : attributes) {
    const std::string& name = one.attribute.name;
    const auto wrong = [&](const std::string& message) {
      mistakes.push_back(in_section(one.place(), section, message));
    };
    const auto [first, is_first] = places.emplace(name, one.place());
    const auto known = std::find(names.begin(), names.end(), name);
    if (!is_first) {
      wrong(printable(name, kMostShown) + " is given twice (also at " + first->second +
            "): remove one of them");
    } else if (known == names.end()) {
      wrong(program::unknown_attribute(name, names));
    } else if (auto taken = read(static_cast<std::size_t>(known - names.begin()), one.attribute);
               !taken) {
      wrong(name + ": " + taken.error().message);
    }
  }
  return places;
}

}  // namespace kamexec::daemon
