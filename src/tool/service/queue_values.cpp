// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_values.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "program/units.h"

#include "tool/sip/libre.h"

namespace kamexec::tool {

using Json = nlohmann::ordered_json;

const Json& at_or_null(const Json& json, const char* path) {
  static const Json kNull;
  const Json::json_pointer pointer(path);
  return json.contains(pointer) ? json.at(pointer) : kNull;
}

std::optional<std::string> bytes_of(const Json& json) {
  if (json.is_string()) {
    return json.get_ref<const std::string&>();
  }
  const Json& encoded = at_or_null(json, "/base64");
  if (!encoded.is_string()) {
    return std::nullopt;
  }
  const auto& text = encoded.get_ref<const std::string&>();
  // RFC 4648 section 4. libre takes what is in no alphabet for bits of it.
  const std::size_t digits =
      std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789+/"),
               text.size());
  if (text.size() % 4 != 0 || text.size() - digits > 2 ||
      text.find_first_not_of('=', digits) != std::string::npos) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  std::size_t size = bytes.size();
  if (!text.empty() && base64_decode(text.data(), text.size(),
                                     reinterpret_cast<std::uint8_t*>(bytes.data()), &size) != 0) {
    return std::nullopt;
  }
  bytes.resize(text.empty() ? 0 : size);
  return bytes;
}

std::optional<std::int64_t> wall_time_of(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != kForm.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
    if (!fits) {
      return std::nullopt;
    }
  }
  const auto number = [text](std::size_t from, std::size_t count) {
    return static_cast<int>(program::read_count(text.substr(from, count)).value_or(0));
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!day.ok()) {
    return std::nullopt;
  }
  const std::chrono::sys_time<std::chrono::milliseconds> time =
      std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) +
      std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
      std::chrono::milliseconds(number(20, 3));
  return time.time_since_epoch().count();
}

}  // namespace kamexec::tool
