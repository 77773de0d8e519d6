// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/report_parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/printable.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestDetail = 400;

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    digits += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return digits;
}

}  // namespace

std::string outcome_text(const process::Outcome& outcome) {
  std::string text = std::string(process::word(outcome.cause)) + ", the function returns " +
                     std::to_string(process::code(outcome.cause));
  if (outcome.exit_status >= 0) {
    text += ", exit status " + std::to_string(outcome.exit_status);
  }
  if (outcome.signal != 0) {
    text += ", signal " + std::to_string(outcome.signal);
  }
  if (!outcome.detail.empty()) {
    text += ", " + printable(outcome.detail, kLongestDetail);
  }
  const long long us = outcome.duration.count();
  return text + ", after " + std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) +
         " ms";
}

Json outcome_json(const process::Outcome& outcome) {
  return {{"word", process::word(outcome.cause)},
          {"rc", process::code(outcome.cause)},
          {"status", outcome.exit_status < 0 ? Json(nullptr) : Json(outcome.exit_status)},
          {"signal", outcome.signal == 0 ? Json(nullptr) : Json(outcome.signal)},
          {"us", outcome.duration.count()},
          {"detail", text_json(outcome.detail)}};
}

Json permissions_json(const std::vector<program::Permission>& permissions) {
  Json all;
  for (const program::Permission& permission : permissions) {
    std::string name(permission.what);
    std::replace(name.begin(), name.end(), ' ', '_');
    all[name] = text_json(permission.text);
  }
  return all;
}

Json text_json(const std::string& text) {
  Json plain = text;
  try {
    static_cast<void>(plain.dump());
    return plain;
  } catch (const Json::type_error&) {
    return Json{{"hex", hexadecimal(text)}};
  }
}

std::string json_error(const Error& error) {
  return Json{{"error", text_json(error.message)}}.dump(2) + "\n";
}

}  // namespace kamexec::tool
