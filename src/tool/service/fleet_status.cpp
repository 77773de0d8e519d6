// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/fleet_status.h"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tool/service/report_figures.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestServer = 300;
constexpr std::size_t kLongestReason = 400;
/// Worker daemons that are listed; there may be hundreds.
constexpr std::size_t kMostWorkers = 10;

using Figures = std::initializer_list<std::pair<const char*, const char*>>;

std::string calls_text(const Json& json) {
  const std::optional<double> calls = number_at(json, "/calls");
  return count_text(calls) + (calls == 1 ? " call" : " calls");
}

/// "12 failed, 3 refused": those that aren't 0, each after a comma.
std::string notable_figures(const Json& json, Figures figures) {
  std::string text;
  for (const auto& [path, words] : figures) {
    if (number_at(json, path).value_or(0) > 0) {
      text += ", " + count_text(number_at(json, path)) + " " + words;
    }
  }
  return text;
}

std::string zone_text(const Json& json) {
  const std::string zone = text_at(json, "/zone", kLongestName);
  return zone.empty() || zone == "-" ? "" : ", zone " + zone;
}

std::string worker_text(const Json& worker) {
  const std::optional<double> ago = seconds_at(worker, "/answered_ago_ms");
  return text_at(worker, "/id", kLongestName) + zone_text(worker) + ": " + calls_text(worker) +
         ", the last answer " + age_text(ago, 1) + " ago" +
         (worker.contains("refused") && worker.at("refused") == true ? ", has no room" : "");
}

const Json* array_at(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_array() ? &*found : nullptr;
}

}  // namespace

std::string passed_on_lines(const Json& program, bool colours) {
  const auto found = program.find("fleet");
  if (found == program.end() || !found->is_object()) {
    return "";
  }
  const Json& fleet = *found;
  std::string text = "  passed on: " + count_text(number_at(fleet, "/calls")) +
                     notable_figures(fleet, {{"/second_tries", "tried a second time"},
                                             {"/hedged", "hedged"},
                                             {"/hedge_won", "of these answered by the second"}}) +
                     "\n";
  if (const std::string faults = notable_figures(fleet, {{"/no_responders", "that nobody offered"},
                                                         {"/lost", "lost with the connection"}});
      !faults.empty()) {
    text += "  " + styled("faults: " + faults.substr(2), Style::notable, colours) + "\n";
  }
  const Json* const workers = array_at(fleet, "workers");
  for (std::size_t i = 0; workers != nullptr && i < workers->size(); ++i) {
    if (i == kMostWorkers) {
      text += "  and " + std::to_string(workers->size() - i) + " more\n";
      break;
    }
    text += "  by " + worker_text(workers->at(i)) + "\n";
  }
  return text;
}

namespace {

/// What lies in the fleet's store, by program, and who takes from there.
std::string fleet_store_lines(const Json& fleet, bool colours) {
  const auto found = fleet.find("store");
  if (found == fleet.end() || !found->is_object()) {
    return "";
  }
  const Json& store = *found;
  std::string text = "  the fleet's store";
  const std::string trouble = text_at(store, "/trouble", kLongestReason);
  if (trouble != "-") {
    text += ": " + styled("can't be used: " + trouble, Style::bad, colours);
  } else if (const auto oldest = seconds_at(store, "/oldest_ms")) {
    text += ": the oldest waits for " + age_text(oldest);
  }
  text += "\n";
  if (const Json* const programs = array_at(store, "programs")) {
    for (const Json& one : *programs) {
      const bool any_dead = number_at(one, "/dead").value_or(0) > 0;
      text += "    " +
              styled(text_at(one, "/program", kLongestName) + ": " +
                         count_text(number_at(one, "/waiting")) + " waiting or running, " +
                         count_text(number_at(one, "/dead")) + " dead",
                     any_dead ? Style::bad : Style::plain, colours) +
              "\n";
    }
  }
  if (const Json* const taken = array_at(store, "taken")) {
    for (const Json& one : *taken) {
      text += "    takes " + text_at(one, "/program", kLongestName) + ": " +
              count_text(number_at(one, "/done")) + " done" +
              notable_figures(one, {{"/running", "running"},
                                    {"/failed_attempts", "failed attempts"},
                                    {"/dead", "given up"}}) +
              "\n";
      if (const std::string why = text_at(one, "/trouble", kLongestReason); why != "-") {
        text += "    " + styled("held: " + why, Style::notable, colours) + "\n";
      }
    }
  }
  return text;
}

}  // namespace

std::string member_lines(const Json& status, bool colours) {
  const auto found = status.find("fleet");
  if (found == status.end() || !found->is_object()) {
    return "";
  }
  const Json& fleet = *found;
  const bool connected = fleet.contains("connected") && fleet.at("connected") == true;
  const std::string server = text_at(fleet, "/server", kLongestServer);
  std::string text = "\nNATS: ";
  text += connected ? "connected to " + server : styled("not connected", Style::bad, colours);
  text += ", this daemon is " + text_at(fleet, "/id", kLongestName) + zone_text(fleet) +
          notable_figures(
              fleet,
              {{"/lost", "lost before"}, {"/late", "answered too late"}, {"/dropped", "dropped"}}) +
          "\n";
  if (const std::string trouble = text_at(fleet, "/trouble", kLongestReason); trouble != "-") {
    text += "  " + styled(trouble, connected ? Style::notable : Style::bad, colours) + "\n";
  }
  if (const Json* const offers = array_at(fleet, "offers")) {
    for (const Json& offer : *offers) {
      text += "  offers " + text_at(offer, "/program", kLongestName) + ": " + calls_text(offer) +
              notable_figures(offer, {{"/under_way", "under way"},
                                      {"/failed", "failed"},
                                      {"/refused", "of these refused"},
                                      {"/cancelled", "cancelled"}}) +
              "\n";
    }
  }
  return text + fleet_store_lines(fleet, colours);
}

}  // namespace kamexec::tool
