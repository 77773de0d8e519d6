// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/status_report.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 64;

Result<Json> read(std::string_view answer) {
  Json status = Json::parse(answer, nullptr, false);
  if (!status.is_object()) {
    return failure("the daemon's answer is not a status that this version of kamexec can read");
  }
  return status;
}

/// The figure at @p path, a JSON pointer; nothing where there is none.
std::optional<double> number_at(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || !json.at(pointer).is_number()) {
    return std::nullopt;
  }
  return json.at(pointer).get<double>();
}

std::string text_at(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  return json.contains(pointer) && json.at(pointer).is_string()
             ? printable(json.at(pointer).get_ref<const std::string&>(), kLongestName)
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

/// Of microseconds: "830 us", "1.2 ms", "12 ms", "3.4 s".
std::string duration_text(std::optional<double> us) {
  if (!us) {
    return "-";
  }
  char text[32];
  if (*us < 1000) {
    std::snprintf(text, sizeof text, "%.0f us", *us);
  } else if (*us < 1e6) {
    std::snprintf(text, sizeof text, *us < 10'000 ? "%.1f ms" : "%.0f ms", *us / 1000);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", *us / 1e6);
  }
  return text;
}

/// Of seconds: the two largest units, "3 d 4 h", "12 min 5 s".
std::string age_text(std::optional<double> seconds) {
  if (!seconds) {
    return "-";
  }
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{
      {{86'400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};
  auto left = static_cast<std::int64_t>(*seconds);
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const auto [unit, name] = kUnits[i];
    if (left >= unit || i + 1 == kUnits.size()) {
      std::string text = std::to_string(left / unit) + name;
      if (i + 1 < kUnits.size()) {
        const auto [next, next_name] = kUnits[i + 1];
        text += " " + std::to_string(left % unit / next) + next_name;
      }
      return text;
    }
  }
  return "-";
}

std::string share_text(std::optional<double> part, std::optional<double> other) {
  if (!part || !other || *part + *other <= 0) {
    return "-";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * *part / (*part + *other));
  return text;
}

struct Failure {
  const char* path;
  const char* word;
};
constexpr std::array<Failure, 4> kFailures{{{"/calls/deadline", "deadline"},
                                            {"/calls/not_started", "not-started"},
                                            {"/calls/refused", "refused"},
                                            {"/calls/unusable", "unusable"}}};

std::optional<double> failed_calls(const Json& program) {
  double sum = 0;
  for (const Failure& failure : kFailures) {
    const std::optional<double> count = number_at(program, failure.path);
    if (!count) {
      return std::nullopt;
    }
    sum += *count;
  }
  return sum;
}

/// "12 deadline, 3 refused"; empty: none failed.
std::string failures_text(const Json& program) {
  std::string text;
  for (const Failure& failure : kFailures) {
    const std::optional<double> count = number_at(program, failure.path);
    if (count.value_or(0) > 0) {
      text += (text.empty() ? "" : ", ") + count_text(count) + " " + failure.word;
    }
  }
  return text;
}

constexpr std::size_t kColumns = 13;
using Row = std::array<std::string, kColumns>;
const Row kHeads{"program", "via", "busy",   "idle", "most", "queue", "calls",
                 "ok",      "no",  "failed", "mean", "p99",  "hits"};
constexpr std::size_t kTextColumns = 2;  // the first ones, to the left; numbers to the right

Row row_of(const Json& program) {
  return {text_at(program, "/name"),
          text_at(program, "/via"),
          count_text(number_at(program, "/running/busy")),
          count_text(number_at(program, "/running/idle")),
          count_text(number_at(program, "/running/most")),
          count_text(number_at(program, "/queued")),
          count_text(number_at(program, "/calls/all")),
          count_text(number_at(program, "/calls/ok")),
          count_text(number_at(program, "/calls/no")),
          count_text(failed_calls(program)),
          duration_text(number_at(program, "/duration_us/mean")),
          duration_text(number_at(program, "/duration_us/p99")),
          share_text(number_at(program, "/cache/hits"), number_at(program, "/cache/misses"))};
}

std::string line_of(const Row& row, const std::array<std::size_t, kColumns>& widths) {
  std::string line;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::string space(widths[i] - row[i].size(), ' ');
    line += (i == 0 ? "" : "  ") + (i < kTextColumns ? row[i] + space : space + row[i]);
  }
  return line;
}

std::string header_of(const Json& status) {
  const std::optional<double> clients = number_at(status, "/clients");
  return "kamexecd " + text_at(status, "/version") + ", process " +
         count_text(number_at(status, "/pid")) + ", up " +
         age_text(number_at(status, "/uptime_s")) + ", " + count_text(clients) +
         (clients == 1 ? " client" : " clients");
}

std::string table_of(const Json& programs, bool colours) {
  std::vector<Row> rows{kHeads};
  for (const Json& program : programs) {
    rows.push_back(row_of(program));
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text = styled(line_of(rows.front(), widths), Style::dim, colours) + "\n";
  std::size_t number = 1;
  for (const Json& program : programs) {
    text += line_of(rows[number++], widths) + "\n";
    if (const std::string failures = failures_text(program); !failures.empty()) {
      text += "  " + styled("failed: " + failures, Style::notable, colours) + "\n";
    }
  }
  return text;
}

}  // namespace

Result<std::string> status_text(std::string_view answer, bool colours) {
  const Result<Json> status = read(answer);
  if (!status) {
    return tl::unexpected<Error>(status.error());
  }
  std::string text = styled(header_of(*status), Style::bold, colours) + "\n\n";
  const auto programs = status->find("programs");
  if (programs == status->end() || !programs->is_array() || programs->empty()) {
    return text + "it has no program that you may call\n";
  }
  return text + table_of(*programs, colours);
}

Result<std::string> status_json(std::string_view answer) {
  const Result<Json> status = read(answer);
  if (!status) {
    return tl::unexpected<Error>(status.error());
  }
  return status->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kamexec::tool
