// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "tool/report_parts.h"
#include "tool/try/report.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::text:
      return text_json(value.text);
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::unreadable:
      break;
  }
  return Json{{"unreadable", true}};
}

Json findings_of(const Trial& trial) {
  Json all = Json::array();
  for (const command::Finding& finding : trial.findings) {
    all.push_back(
        {{"severity", finding.severity == command::Finding::Severity::error ? "error" : "warning"},
         {"line", finding.line},
         {"column", finding.column},
         {"message", text_json(finding.message)},
         {"remedy", text_json(finding.remedy)}});
  }
  return all;
}

Json texts_of(const std::vector<std::string>& texts) {
  Json all = Json::array();
  for (const std::string& text : texts) {
    all.push_back(text_json(text));
  }
  return all;
}

Json pairs_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json all = Json::array();
  for (const auto& [name, value] : pairs) {
    all.push_back({{"name", text_json(name)}, {"value", text_json(value)}});
  }
  return all;
}

Json environment_of(const Trial& trial) {
  Json all = Json::object();
  for (const auto& [name, value] : trial.environment) {
    // A name that is no UTF-8 can't be a key; such a one can only be inherited.
    const Json key = text_json(name);
    if (key.is_string()) {
      all[name] = text_json(value);
    }
  }
  return all;
}

Json uris_of(const Trial& trial) {
  Json all = Json::array();
  for (const TriedUri& uri : trial.uris) {
    Json one{{"uri", text_json(uri.uri)}};
    one["q"] = uri.q < 0 ? Json(nullptr) : Json(static_cast<double>(uri.q) / 1000);
    all.push_back(std::move(one));
  }
  return all;
}

Json exchange_of(const Trial& trial) {
  Json all = Json::array();
  for (const ExchangedLine& line : trial.exchange) {
    all.push_back({{"from", line.from == ExchangedLine::From::server ? "server" : "worker"},
                   {"line", text_json(line.text)}});
  }
  return all;
}

void add_run(const Trial& trial, Json& report) {
  report["outcome"] = outcome_json(trial.result.outcome);
  report["stdout"] = text_json(trial.result.output);
  report["stderr"] = text_json(trial.result.error);
  report["uris"] = uris_of(trial);
  report["assigned"] = pairs_of(trial.assigned);
  report["left_out"] = texts_of(trial.left_out);
  if (!trial.exchange.empty()) {
    report["exchange"] = exchange_of(trial);
  }
}

}  // namespace

std::string json_report(const Trial& trial) {
  Json report{{"function", function_name(trial.call)}, {"command", text_json(trial.command)}};
  report["notes"] = texts_of(trial.notes);
  report["findings"] = findings_of(trial);
  report["refused"] = trial.refused;
  if (!trial.refused) {
    Json variables = Json::array();
    for (const TriedVariable& variable : trial.variables) {
      variables.push_back(
          {{"name", text_json(variable.name)}, {"value", value_of(variable.value)}});
    }
    report["variables"] = std::move(variables);
    report["named_program"] = trial.program_name.empty() ? Json(nullptr) : Json(trial.program_name);
    report["permissions"] = permissions_json(trial.permissions);
    report["shell"] = trial.needs_shell;
    report["program"] = text_json(trial.program);
    report["argv"] = texts_of(trial.argv);
    report["environment"] = environment_of(trial);
    report["stdin"] = text_json(trial.input);
  }
  if (trial.ran) {
    add_run(trial, report);
  }
  return report.dump(2) + "\n";
}

}  // namespace kamexec::tool
