// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/own_values.h"

#include <algorithm>
#include <array>
#include <string>

namespace kamexec {
namespace {

/// Source and destination of the packet, sizes, process and time (pv and core of Kamailio 5.6).
constexpr std::array<std::string_view, 13> kOwn = {
    "$Ri", "$Rp", "$TS", "$Tb", "$Ts", "$bs", "$mi", "$ml", "$pp", "$pr", "$proto", "$si", "$sp",
};

}  // namespace

bool is_own_value(std::string_view variable) {
  if (variable.starts_with("$(") && variable.ends_with(")") &&
      variable.find('{') == std::string_view::npos) {
    return is_own_value("$" + std::string(variable.substr(2, variable.size() - 3)));
  }
  return std::find(kOwn.begin(), kOwn.end(), variable) != kOwn.end();
}

}  // namespace kamexec
