// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/report_figures.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/printable.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

/// What no age of ours reaches: 30,000 years.
constexpr double kMostSeconds = 1e12;

}  // namespace

std::optional<double> number_at(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || !json.at(pointer).is_number()) {
    return std::nullopt;
  }
  return json.at(pointer).get<double>();
}

std::optional<double> seconds_at(const Json& json, const char* path) {
  const std::optional<double> ms = number_at(json, path);
  return ms ? std::optional<double>(*ms / 1000) : std::nullopt;
}

std::string text_at(const Json& json, const char* path, std::size_t most) {
  const Json::json_pointer pointer(path);
  return json.contains(pointer) && json.at(pointer).is_string()
             ? printable(json.at(pointer).get_ref<const std::string&>(), most)
             : "-";
}

std::string count_text(std::optional<double> count) {
  if (!count) {
    return "-";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", *count);
  return text;
}

std::string age_text(std::optional<double> seconds, int units) {
  if (!seconds || !(*seconds < kMostSeconds)) {
    return "-";
  }
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{
      {{86'400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};
  auto left = static_cast<std::int64_t>(std::max(*seconds, 0.0));
  std::size_t i = 0;
  while (i + 1 < kUnits.size() && left < kUnits[i].first) {
    ++i;
  }
  std::string text;
  for (int told = 0; told < units && i < kUnits.size(); ++told, ++i) {
    const auto [unit, name] = kUnits[i];
    text += (text.empty() ? "" : " ") + std::to_string(left / unit) + name;
    left %= unit;
  }
  return text;
}

std::vector<std::string> table_lines(const std::vector<TableRow>& rows, std::size_t left) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const TableRow& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const TableRow& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i < left ? row[i] + space : space + row[i]);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace kamexec::tool
