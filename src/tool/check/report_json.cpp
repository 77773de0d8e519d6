// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "tool/check/report.h"
#include "tool/report_parts.h"

namespace kamexec::tool::check {
namespace {

using Json = nlohmann::ordered_json;

Json location(const Configuration& configuration, SourceLocation at) {
  return {{"file", configuration.file_of(at)}, {"line", at.line}, {"column", at.column}};
}

const char* name_of(variables::Control control) {
  switch (control) {
    case variables::Control::caller:
      return "caller";
    case variables::Control::unknown:
      return "unknown";
    case variables::Control::limited:
      return "limited";
  }
  return "unknown";
}

Json use(const Configuration& configuration, const Use& one) {
  Json json = {{"variable", one.variable},
               {"place", location(configuration, one.location)},
               {"control", name_of(one.origin.control)},
               {"what", one.origin.what},
               {"in_substitution", one.in_substitution}};
  json["context"] = one.context ? Json(name_of(*one.context)) : Json();
  json["traced"] = one.traced.empty() ? Json() : Json(one.traced);
  json["checked"] = one.checked.empty() ? Json() : Json(one.checked);
  json["breaks_out"] = one.value.empty() ? Json() : Json(one.value);
  return json;
}

Json prepared(const Assessment& one) {
  if (!one.prepared) {
    return {};
  }
  Json json = {
      {"shell", one.prepared->needs_shell()}, {"runs", run_words(one)}, {"values", one.values}};
  json["text"] = one.prepared->needs_shell() ? Json(one.prepared->shell_text) : Json();
  return json;
}

Json call(const Configuration& configuration, const Assessment& one) {
  Json json = {{"place", location(configuration, one.call.location)},
               {"function", one.call.function},
               {"route", one.call.route},
               {"command", one.command},
               {"level", word_of(one.level)},
               {"reason", one.reason},
               {"must_change", one.must_change},
               {"uses", Json::array()},
               {"prepared", prepared(one)},
               {"findings", Json::array()}};
  json["program"] = one.program.empty() ? Json() : Json(one.program);
  json["permissions"] = permissions_json(one.permissions);
  for (const Use& each : one.uses) {
    json["uses"].push_back(use(configuration, each));
  }
  for (const Said& said : one.said) {
    json["findings"].push_back({{"severity", said.is_error ? "error" : "warning"},
                                {"place", location(configuration, said.location)},
                                {"message", said.message},
                                {"remedy", said.remedy}});
  }
  return json;
}

Json note(const Configuration& configuration, const Note& one) {
  const char* severity = one.severity == Note::Severity::error    ? "error"
                         : one.severity == Note::Severity::unseen ? "unseen"
                                                                  : "comment";
  return {{"severity", severity},
          {"place", location(configuration, one.location)},
          {"message", one.message}};
}

}  // namespace

nlohmann::ordered_json json_report(const std::vector<Checked>& all) {
  Json report = {{"format", "kamexec-check"}, {"version", 1}, {"configurations", Json::array()}};
  for (const Checked& checked : all) {
    Json one = {{"file", checked.configuration.files.front()},
                {"kamailio", checked.configuration.version.text()},
                {"kamailio_from", name_of(checked.version_from)},
                {"complete", !checked.is_incomplete()},
                {"verified", checked.is_verified},
                {"calls", Json::array()},
                {"notes", Json::array()}};
    for (const Assessment& assessment : checked.calls) {
      one["calls"].push_back(call(checked.configuration, assessment));
    }
    for (const Note& each : checked.configuration.notes) {
      one["notes"].push_back(note(checked.configuration, each));
    }
    report["configurations"].push_back(std::move(one));
  }
  const Counts counts = count(all);
  Json levels;
  for (const Level level : {Level::danger, Level::unseen, Level::possible, Level::limited,
                            Level::own, Level::constant}) {
    const auto found = counts.by_level.find(level);
    levels[std::string(word_of(level))] = found == counts.by_level.end() ? 0 : found->second;
  }
  report["summary"] = {
      {"calls", counts.calls}, {"levels", levels}, {"must_change", counts.to_change}};
  return report;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kamexec::tool::check
