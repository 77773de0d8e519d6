// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon_settings.h"

#include <array>
#include <charconv>
#include <string_view>

#include "base/error.h"
#include "daemon/host_port.h"
#include "daemon/settings_section.h"
#include "program/accounts.h"
#include "program/attribute_value.h"

namespace kamexec::daemon {
namespace {

using program::Attribute;
using program::NumberRange;
using program::only_word;
using program::shown;
using Unit = NumberRange::Unit;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kKibibyte = std::int64_t{1} << 10;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;

Result<void> read_socket_mode(const Attribute& attribute, DaemonSettings& into) {
  constexpr mode_t kHighestMode = 0777;
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  mode_t mode = 0;
  const char* end = word->data() + word->size();
  const auto [at, error] = std::from_chars(word->data(), end, mode, 8);
  if (error != std::errc() || at != end || mode > kHighestMode) {
    return failure(shown(*word) + " is not a mode: write three octal digits, as in 0660");
  }
  into.socket_mode = mode;
  return {};
}

Result<void> read_socket_group(const Attribute& attribute, DaemonSettings& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  const Result<gid_t> group = program::find_group(*word);
  if (!group) {
    return tl::unexpected(group.error());
  }
  into.socket_gid = *group;
  return {};
}

Result<void> read_metrics(const Attribute& attribute, DaemonSettings& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  const std::size_t colon = word->rfind(':');
  const bool is_place = colon != word->npos && is_address(word->substr(0, colon)) &&
                        is_port(std::string_view(*word).substr(colon + 1));
  if (*word != "off" && !is_place) {
    return failure(shown(*word) +
                   " is not an address and a port: write 127.0.0.1:9495, [::1]:9495, or off");
  }
  into.metrics = is_place ? *word : "";
  return {};
}

Result<void> read_log_calls(const Attribute& attribute, DaemonSettings& into) {
  return program::read_yes_no(attribute).map([&](bool yes) { into.log_calls = yes; });
}

/// @p member's value, in the unit of @p range.
template <typename Set>
Result<void> read_number(const NumberRange& range, const Attribute& attribute, Set set) {
  return program::read_number(range, attribute).map(set);
}

constexpr auto kSettings = std::to_array<Setting<DaemonSettings>>({
    {"socket_mode", read_socket_mode},
    {"socket_group", read_socket_group},
    {"drain_time",
     [](const Attribute& attribute, DaemonSettings& into) {
       return read_number({Unit::milliseconds, 0, 10 * kMinute}, attribute, [&](std::int64_t time) {
         into.drain_time = std::chrono::milliseconds(time);
       });
     }},
    {"connections",
     [](const Attribute& attribute, DaemonSettings& into) {
       return read_number({Unit::count, 1, 100'000}, attribute, [&](std::int64_t count) {
         into.connections = static_cast<std::size_t>(count);
       });
     }},
    {"memory",
     [](const Attribute& attribute, DaemonSettings& into) {
       return read_number({Unit::bytes, kMebibyte, 64 * kGibibyte}, attribute,
                          [&](std::int64_t size) { into.memory = static_cast<std::size_t>(size); });
     }},
    {"request_limit",
     [](const Attribute& attribute, DaemonSettings& into) {
       return read_number(
           {Unit::bytes, kKibibyte, 64 * kMebibyte}, attribute,
           [&](std::int64_t size) { into.request_limit = static_cast<std::size_t>(size); });
     }},
    {"metrics", read_metrics},
    {"log_calls", read_log_calls},
});

}  // namespace

DaemonSettings read_daemon_settings(const std::vector<program::PlacedAttribute>& attributes,
                                    std::vector<std::string>& mistakes) {
  DaemonSettings settings;
  const SettingPlaces places =
      read_section(program::kDaemonSection, kSettings, attributes, settings, mistakes);
  if (settings.request_limit > settings.memory) {
    const auto place = places.find(places.contains("request_limit") ? "request_limit" : "memory");
    mistakes.push_back(
        in_section(place->second, program::kDaemonSection,
                   "request_limit is more than memory, which all requests share: lower the "
                   "first or raise the second"));
  }
  return settings;
}

}  // namespace kamexec::daemon
