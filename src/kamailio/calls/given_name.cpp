// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/given_name.h"

#include <algorithm>
#include <exception>
#include <string>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "output/printable.h"

namespace kamexec {
namespace {

constexpr std::size_t kLongestShown = 80;

}  // namespace

bool is_plain_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

void log_unusable_name(std::string_view what, std::string_view name, std::string_view why) {
  log_error(LogKind::name, std::string(what) + ", \"" + printable(name, kLongestShown) +
                               "\": " + std::string(why));
}

}  // namespace kamexec

int kamexec_name_is_plain(HostText name) {
  return kamexec::is_plain_name(kamexec::view(name)) ? 1 : 0;
}

void kamexec_log_unusable_name(const char* what, HostText name, const char* why) {
  try {
    kamexec::log_unusable_name(what, kamexec::view(name), why);
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
  }
}
