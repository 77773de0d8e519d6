// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/status_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "program/units.h"
#include "tool/service/fleet_status.h"
#include "tool/service/report_figures.h"
#include "tool/service/stored_status.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestFault = 200;

Result<Json> read(std::string_view answer) {
  Json status = Json::parse(answer, nullptr, false);
  if (!status.is_object()) {
    return failure("the daemon's answer is not a status that this version of kamexec can read");
  }
  return status;
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
    const bool whole = *us >= 10'000 || std::fmod(*us, 1000) == 0;
    std::snprintf(text, sizeof text, whole ? "%.0f ms" : "%.1f ms", *us / 1000);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", *us / 1e6);
  }
  return text;
}

/// The sum of those that there are; nothing where there is none.
template <std::size_t kCount>
std::optional<double> sum_at(const Json& json, const std::array<const char*, kCount>& paths) {
  std::optional<double> sum;
  for (const char* path : paths) {
    if (const std::optional<double> number = number_at(json, path)) {
      sum = sum.value_or(0) + *number;
    }
  }
  return sum;
}

std::optional<double> first_of(std::optional<double> one, std::optional<double> other) {
  return one ? one : other;
}

/// An attribute's number: the daemon tells attributes as they are written.
std::optional<double> attribute_at(const Json& program, const char* path) {
  const Json::json_pointer pointer(path);
  if (!program.contains(pointer) || !program.at(pointer).is_string()) {
    return std::nullopt;
  }
  const auto count = program::read_count(program.at(pointer).get_ref<const std::string&>());
  return count ? std::optional<double>(static_cast<double>(*count)) : std::nullopt;
}

/// The share of calls for which the program did not run.
std::string hits_text(const Json& program) {
  const std::optional<double> answered =
      sum_at<3>(program, {"/cache/hits", "/cache/waits", "/cache/stale"});
  const std::optional<double> ran = number_at(program, "/cache/misses");
  if (!answered || !ran || *answered + *ran <= 0) {
    return "-";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * *answered / (*answered + *ran));
  return text;
}

/// Within which bound of the histogram 99 of 100 calls are: "<2 ms".
std::string p99_text(const Json& program) {
  const Json::json_pointer pointer("/calls/durations");
  if (!program.contains(pointer) || !program.at(pointer).is_array()) {
    return "-";
  }
  const Json& buckets = program.at(pointer);
  const double all = buckets.empty() ? 0 : number_at(buckets.back(), "/calls").value_or(0);
  if (all <= 0) {
    return "-";
  }
  std::optional<double> last;
  for (const Json& bucket : buckets) {
    const std::optional<double> bound = number_at(bucket, "/le_us");
    if (bound && number_at(bucket, "/calls").value_or(0) >= all * 0.99) {
      return "<" + duration_text(bound);
    }
    last = bound ? bound : last;
  }
  return ">" + duration_text(last);
}

std::optional<double> mean_us(const Json& program) {
  const std::optional<double> sum = number_at(program, "/calls/duration_us_sum");
  const Json::json_pointer pointer("/calls/durations");
  if (!sum || !program.contains(pointer) || !program.at(pointer).is_array() ||
      program.at(pointer).empty()) {
    return std::nullopt;
  }
  const double calls = number_at(program.at(pointer).back(), "/calls").value_or(0);
  return calls > 0 ? std::optional<double>(*sum / calls) : std::nullopt;
}

struct Failure {
  const char* path;
  const char* word;
};
constexpr std::array<Failure, 4> kFailures{{{"/calls/deadline", "deadline"},
                                            {"/calls/not_started", "not-started"},
                                            {"/calls/refused", "refused"},
                                            {"/calls/unusable", "unusable"}}};

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

const TableRow kHeads{"program", "via", "busy",   "idle", "most", "queue", "calls",
                      "ok",      "no",  "failed", "mean", "p99",  "hits"};
constexpr std::size_t kTextColumns = 2;  // the first ones, to the left; numbers to the right

TableRow row_of(const Json& program) {
  return {
      text_at(program, "/name", kLongestName),
      text_at(program, "/attributes/via", kLongestName),
      count_text(first_of(
          first_of(number_at(program, "/workers/busy"), number_at(program, "/processes/running")),
          number_at(program, "/fleet/under_way"))),
      count_text(number_at(program, "/workers/idle")),
      count_text(program.contains("workers")
                     ? attribute_at(program, "/attributes/workers")
                     : first_of(attribute_at(program, "/attributes/max"),
                                attribute_at(program, "/attributes/calls_most"))),
      count_text(first_of(number_at(program, "/workers/requests_queued"),
                          number_at(program, "/processes/waiting"))),
      count_text(sum_at<6>(program, {"/calls/ok", "/calls/no", "/calls/deadline",
                                     "/calls/not_started", "/calls/refused", "/calls/unusable"})),
      count_text(number_at(program, "/calls/ok")),
      count_text(number_at(program, "/calls/no")),
      count_text(sum_at<4>(
          program, {"/calls/deadline", "/calls/not_started", "/calls/refused", "/calls/unusable"})),
      duration_text(mean_us(program)),
      p99_text(program),
      hits_text(program)};
}

std::string header_of(const Json& status) {
  const std::optional<double> clients = number_at(status, "/clients/connections");
  return "kamexecd " + text_at(status, "/version", kLongestName) + ", process " +
         count_text(number_at(status, "/pid")) + ", " + text_at(status, "/state", kLongestName) +
         ", up " + age_text(seconds_at(status, "/uptime_ms")) + ", " + count_text(clients) +
         (clients == 1 ? " client" : " clients");
}

std::string table_of(const Json& programs, bool colours) {
  std::vector<TableRow> rows{kHeads};
  for (const Json& program : programs) {
    rows.push_back(row_of(program));
  }
  const std::vector<std::string> lines = table_lines(rows, kTextColumns);
  std::string text = styled(lines.front(), Style::dim, colours) + "\n";
  std::size_t number = 1;
  for (const Json& program : programs) {
    text += lines[number++] + "\n";
    if (const std::string failures = failures_text(program); !failures.empty()) {
      text += "  " + styled("failed: " + failures, Style::notable, colours) + "\n";
    }
    if (const std::string fault = text_at(program, "/workers/last_fault", kLongestFault);
        fault != "-") {
      text += "  " + styled("last fault: " + fault, Style::notable, colours) + "\n";
    }
    text += stored_lines(program, colours) + passed_on_lines(program, colours);
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
    text += "it has no program that you may call\n";
  } else {
    text += table_of(*programs, colours);
  }
  return text + member_lines(*status, colours) + store_lines(*status, colours) +
         warning_lines(*status, colours);
}

Result<std::string> status_json(std::string_view answer) {
  const Result<Json> status = read(answer);
  if (!status) {
    return tl::unexpected<Error>(status.error());
  }
  return status->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kamexec::tool
