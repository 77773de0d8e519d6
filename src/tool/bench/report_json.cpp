// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "tool/bench/report.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes that are no UTF-8 are replaced: they come from the command line.
std::string line_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string bench_json(const Measured& measured) {
  Json subjects = Json::array();
  const double ours = measured.subjects.front().median_us;
  for (const Figures& one : measured.subjects) {
    subjects.push_back({{"name", one.name},
                        {"what", one.what},
                        {"median_us", one.median_us},
                        {"first_quartile_us", one.first_quartile_us},
                        {"third_quartile_us", one.third_quartile_us},
                        {"calls_per_second", 1e6 / one.median_us},
                        {"ours_to_this", ours / one.median_us}});
  }
  return line_of({{"command", measured.title},
                  {"rounds", measured.rounds},
                  {"calls", measured.calls},
                  {"subjects", subjects},
                  {"notes", measured.notes}});
}

std::string bench_json_error(const Error& error) {
  return line_of({{"error", error.message}});
}

}  // namespace kamexec::tool
