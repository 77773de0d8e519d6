// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/given_name.h"

#include <algorithm>
#include <string>

#include "base/printable.h"
#include "kamailio/host/log.h"

namespace kamexec::module {
namespace {

constexpr std::size_t kLongestShown = 80;

}  // namespace

bool is_plain_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

void log_unusable_name(std::string_view what, std::string_view name, std::string_view why,
                       LogSource from) {
  log_error(LogKind::name,
            std::string(what) + ", \"" + printable(name, kLongestShown) + "\": " + std::string(why),
            from);
}

}  // namespace kamexec::module
