// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/server_version.h"

#include <array>
#include <charconv>

namespace kamexec::variables {
namespace {

std::string series_text(unsigned number) {
  return std::to_string(number / 1'000'000) + "." + std::to_string(number / 1000 % 1000);
}

}  // namespace

std::optional<ServerVersion> ServerVersion::read(std::string_view text) {
  std::array<unsigned, 3> parts = {0, 0, kNewest};
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t count = 0;
  while (count < parts.size()) {
    const auto [behind, error] = std::from_chars(at, end, parts[count]);
    if (error != std::errc() || parts[count] > kNewest) {
      return std::nullopt;
    }
    at = behind;
    if (++count == parts.size() || at == end || *at != '.') {
      break;
    }
    ++at;
  }
  const bool ends = at == end || (*at == '-' && count == parts.size());
  if (!ends || count < 2 || parts[0] == 0) {
    return std::nullopt;
  }
  return ServerVersion(parts[0], parts[1], parts[2]);
}

std::string ServerVersion::text() const {
  if (is_none()) {
    return {};
  }
  return series_text(number_) + (is_series() ? "" : "." + std::to_string(number_ % 1000));
}

std::string ServerVersion::text_of_first() const {
  return number_ % 1000 == 0 && !is_none() ? series_text(number_) : text();
}

}  // namespace kamexec::variables
