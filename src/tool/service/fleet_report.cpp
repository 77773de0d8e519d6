// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/fleet_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tool/service/report_figures.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestError = 200;
/// An answer of ADR-32 has four levels.
constexpr int kDeepest = 8;
/// Below it a double holds every whole number.
constexpr double kMostExact = 9e15;

struct Offered {
  std::string name;
  std::string version;  ///< "-": it has none
  std::optional<double> running;
  std::optional<double> queued;
  std::optional<double> most;
  std::optional<double> calls;
  std::optional<double> failed;
  std::optional<double> mean_us;
  std::string last_error;  ///< "-": there was none
};

struct Daemon {
  std::string id;
  std::string host;
  std::string zone;
  std::string version;
  std::string started;
  std::vector<Offered> programs;
};

struct Fleet {
  std::vector<Daemon> daemons;  ///< by host and ID
  std::size_t unreadable = 0;
};

/// Nothing deeper than is needed, so that no answer can exhaust the stack.
Json parse(std::string_view text) {
  return Json::parse(
      text, [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; }, false);
}

Offered offered_of(const Json& endpoint) {
  Offered one;
  one.name = text_at(endpoint, "/name", kLongestName);
  one.version = text_at(endpoint, "/data/version", kLongestName);
  one.running = number_at(endpoint, "/data/running");
  one.queued = number_at(endpoint, "/data/queued");
  one.most = number_at(endpoint, "/data/most");
  one.calls = number_at(endpoint, "/num_requests");
  one.failed = number_at(endpoint, "/num_errors");
  if (const auto ns = number_at(endpoint, "/average_processing_time")) {
    one.mean_us = *ns / 1000;
  }
  one.last_error = text_at(endpoint, "/last_error", kLongestError);
  return one;
}

std::optional<Daemon> daemon_of(const Json& stats) {
  Daemon one;
  one.id = text_at(stats, "/id", kLongestName);
  const auto endpoints = stats.is_object() ? stats.find("endpoints") : stats.end();
  if (one.id == "-" || endpoints == stats.end() || !endpoints->is_array()) {
    return std::nullopt;
  }
  one.host = text_at(stats, "/metadata/host", kLongestName);
  one.zone = text_at(stats, "/metadata/zone", kLongestName);
  one.version = text_at(stats, "/version", kLongestName);
  one.started = text_at(stats, "/started", kLongestName);
  for (const Json& endpoint : *endpoints) {
    one.programs.push_back(offered_of(endpoint));
  }
  return one;
}

Result<Fleet> read(std::string_view answer) {
  const Json all = parse(answer);
  const auto answers = all.is_object() ? all.find("answers") : all.end();
  if (answers == all.end() || !answers->is_array()) {
    return failure("the daemon's answer is not a list that this version of kamexec can read");
  }
  Fleet fleet;
  for (const Json& text : *answers) {
    std::optional<Daemon> one;
    if (text.is_string()) {
      one = daemon_of(parse(text.get_ref<const std::string&>()));
    }
    if (one) {
      fleet.daemons.push_back(std::move(*one));
    } else {
      ++fleet.unreadable;
    }
  }
  std::sort(fleet.daemons.begin(), fleet.daemons.end(), [](const Daemon& one, const Daemon& other) {
    return std::tie(one.host, one.id) < std::tie(other.host, other.id);
  });
  return fleet;
}

const TableRow kHeads{"host",    "zone",    "version", "id",    "program",
                      "running", "waiting", "most",    "calls", "failed"};
constexpr std::size_t kTextColumns = 5;

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace

Result<std::string> fleet_text(std::string_view answer, bool colours) {
  const Result<Fleet> fleet = read(answer);
  if (!fleet) {
    return tl::unexpected<Error>(fleet.error());
  }
  std::vector<TableRow> rows{kHeads};
  for (const Daemon& daemon : fleet->daemons) {
    TableRow head{or_dash(daemon.host), or_dash(daemon.zone), daemon.version, daemon.id};
    if (daemon.programs.empty()) {
      rows.push_back({head[0], head[1], head[2], head[3], "-", "-", "-", "-", "-", "-"});
    }
    for (const Offered& program : daemon.programs) {
      const std::string version = program.version == "-" ? "" : " " + program.version;
      rows.push_back({head[0], head[1], head[2], head[3], program.name + version,
                      count_text(program.running), count_text(program.queued),
                      count_text(program.most), count_text(program.calls),
                      count_text(program.failed)});
      head.assign(head.size(), "");
    }
  }
  std::string text = styled(plural(fleet->daemons.size(), "daemon"), Style::bold, colours) + "\n";
  if (!fleet->daemons.empty()) {
    const std::vector<std::string> lines = table_lines(rows, kTextColumns);
    text += "\n" + styled(lines.front(), Style::dim, colours) + "\n";
    std::for_each(lines.begin() + 1, lines.end(),
                  [&text](const std::string& line) { text += line + "\n"; });
  }
  if (fleet->unreadable > 0) {
    text += styled(plural(fleet->unreadable, "answer") + " could not be read", Style::notable,
                   colours) +
            "\n";
  }
  return text;
}

Result<std::string> fleet_json(std::string_view answer) {
  const Result<Fleet> fleet = read(answer);
  if (!fleet) {
    return tl::unexpected<Error>(fleet.error());
  }
  const auto number = [](std::optional<double> value) {
    if (!value) {
      return Json(nullptr);
    }
    const bool whole = std::abs(*value) < kMostExact && std::trunc(*value) == *value;
    return whole ? Json(static_cast<std::int64_t>(*value)) : Json(*value);
  };
  const auto word = [](const std::string& text) {
    return text.empty() || text == "-" ? Json(nullptr) : Json(text);
  };
  Json daemons = Json::array();
  for (const Daemon& daemon : fleet->daemons) {
    Json programs = Json::array();
    for (const Offered& program : daemon.programs) {
      programs.push_back({{"name", program.name},
                          {"version", word(program.version)},
                          {"running", number(program.running)},
                          {"waiting", number(program.queued)},
                          {"most", number(program.most)},
                          {"calls", number(program.calls)},
                          {"failed", number(program.failed)},
                          {"mean_us", number(program.mean_us)},
                          {"last_error", word(program.last_error)}});
    }
    daemons.push_back({{"id", daemon.id},
                       {"host", word(daemon.host)},
                       {"zone", word(daemon.zone)},
                       {"version", word(daemon.version)},
                       {"started", word(daemon.started)},
                       {"programs", std::move(programs)}});
  }
  return Json{{"daemons", std::move(daemons)}, {"unreadable", fleet->unreadable}}.dump(
             2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace kamexec::tool
