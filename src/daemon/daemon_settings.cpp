// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon_settings.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
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

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), bytes.data()) == 1;
  }
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && at == text.data() + text.size() && port > 0;
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
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (*word != "yes" && *word != "no") {
    return failure(shown(*word) + " is neither yes nor no");
  }
  into.log_calls = *word == "yes";
  return {};
}

/// @p member's value, in the unit of @p range.
template <typename Set>
Result<void> read_number(const NumberRange& range, const Attribute& attribute, Set set) {
  return program::read_number(range, attribute).map(set);
}

struct Setting {
  std::string_view name;
  Result<void> (*read)(const Attribute& attribute, DaemonSettings& into);
};

constexpr auto kSettings = std::to_array<Setting>({
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

std::string in_section(const std::string& place, const std::string& message) {
  return place + ": [kamexecd]: " + message;
}

Result<void> read_setting(const Attribute& attribute, DaemonSettings& into) {
  const auto* const setting =
      std::find_if(kSettings.begin(), kSettings.end(),
                   [&](const Setting& one) { return one.name == attribute.name; });
  if (setting == kSettings.end()) {
    std::array<std::string_view, kSettings.size()> names;
    std::transform(kSettings.begin(), kSettings.end(), names.begin(),
                   [](const Setting& one) { return one.name; });
    return failure(program::unknown_attribute(attribute.name, names));
  }
  Result<void> read = setting->read(attribute, into);
  if (!read) {
    read.error().message = attribute.name + ": " + read.error().message;
  }
  return read;
}

}  // namespace

DaemonSettings read_daemon_settings(const std::vector<program::PlacedAttribute>& attributes,
                                    std::vector<std::string>& mistakes) {
  DaemonSettings settings;
  std::map<std::string, std::string> places;
  for (const program::PlacedAttribute& one : attributes) {
    const std::string& name = one.attribute.name;
    const auto [first, is_first] = places.emplace(name, one.place());
    if (!is_first) {
      mistakes.push_back(in_section(one.place(), printable(name, 60) + " is given twice (also at " +
                                                     first->second + "): remove one of them"));
    } else if (auto read = read_setting(one.attribute, settings); !read) {
      mistakes.push_back(in_section(one.place(), read.error().message));
    }
  }
  if (settings.request_limit > settings.memory) {
    const auto place = places.find(places.contains("request_limit") ? "request_limit" : "memory");
    mistakes.push_back(
        in_section(place->second,
                   "request_limit is more than memory, which all requests share: lower the "
                   "first or raise the second"));
  }
  return settings;
}

}  // namespace kamexec::daemon
