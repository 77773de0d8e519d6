// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/stored_status.h"

#include <array>
#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "tool/service/report_figures.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestReason = 400;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestPath = 4096;

/// "12 waiting, 2 running, 3 dead, oldest 12 min 5 s"
std::string counts_text(const Json& stored) {
  const std::optional<double> oldest = seconds_at(stored, "/oldest_ms");
  return count_text(number_at(stored, "/waiting")) + " waiting, " +
         count_text(number_at(stored, "/running")) + " running, " +
         count_text(number_at(stored, "/dead")) + " dead" +
         (oldest ? ", oldest " + age_text(oldest) : "");
}

double dead_of(const Json& stored) {
  return number_at(stored, "/dead").value_or(0);
}

Style style_of(const Json& stored) {
  return dead_of(stored) > 0 ? Style::bad : Style::plain;
}

/// The array at @p path; nothing where there is none.
const Json* array_at(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  return json.contains(pointer) && json.at(pointer).is_array() ? &json.at(pointer) : nullptr;
}

void add_line(std::string& text, const std::string& line, Style style, bool colours) {
  text += "  " + styled(line, style, colours) + "\n";
}

std::string size_text(std::optional<double> bytes) {
  if (!bytes) {
    return "-";
  }
  constexpr std::array<const char*, 5> kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
  double size = *bytes;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) {
    size /= 1024;
  }
  char text[64];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

}  // namespace

std::string stored_lines(const Json& program, bool colours) {
  if (!program.contains("stored") || !program.at("stored").is_object()) {
    return "";
  }
  const Json& stored = program.at("stored");
  std::string text;
  add_line(text, "stored: " + counts_text(stored), style_of(stored), colours);
  if (const std::string held = text_at(stored, "/held", kLongestReason); held != "-") {
    add_line(text, "held: " + held, Style::notable, colours);
  }
  return text;
}

std::string store_lines(const Json& status, bool colours) {
  if (!status.contains("store") || !status.at("store").is_object()) {
    return "";
  }
  std::string text = "\nstore " + text_at(status, "/store/path", kLongestPath) + ": " +
                     size_text(number_at(status, "/store/bytes")) + ", " +
                     count_text(number_at(status, "/store/inserted")) + " stored, " +
                     count_text(number_at(status, "/store/refused")) + " refused\n";
  const Json& store = status.at("store");
  if (store.contains("dispatches") && store.at("dispatches") == false) {
    add_line(text, "another kamexecd has it too, and runs the programs", Style::notable, colours);
  }
  if (const Json* undefined = array_at(store, "/undefined")) {
    for (const Json& one : *undefined) {
      add_line(text, text_at(one, "/name", kLongestName) + ": " + counts_text(one), style_of(one),
               colours);
      if (const std::string held = text_at(one, "/held", kLongestReason); held != "-") {
        add_line(text, "held: " + held, Style::notable, colours);
      }
    }
  }
  return text;
}

std::string warning_lines(const Json& status, bool colours) {
  std::string text;
  const std::string failure = text_at(status, "/store/failure", kLongestReason);
  if (failure != "-") {
    text += styled("warning: the store fails: " + failure, Style::bad, colours) + "\n";
  }
  double dead = 0;
  if (const Json* programs = array_at(status, "/programs")) {
    for (const Json& program : *programs) {
      dead += number_at(program, "/stored/dead").value_or(0);
    }
  }
  if (const Json* undefined = array_at(status, "/store/undefined")) {
    for (const Json& one : *undefined) {
      dead += dead_of(one);
    }
  }
  if (const Json* lying = array_at(status, "/fleet/store/programs")) {
    for (const Json& one : *lying) {
      dead += dead_of(one);
    }
  }
  if (dead > 0) {
    text += styled("warning: " + count_text(dead) +
                       (dead == 1 ? " notification is" : " notifications are") +
                       " dead: see kamexec queue list --state dead",
                   Style::bad, colours) +
            "\n";
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace kamexec::tool
