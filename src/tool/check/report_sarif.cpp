// SPDX-License-Identifier: GPL-2.0-or-later
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/printable.h"
#include "tool/check/report.h"

namespace kamexec::tool::check {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestMessage = 4000;

struct Rule {
  const char* id;
  const char* level;
  const char* title;
  const char* help;
};

constexpr std::array<Rule, 6> kRules = {{
    {"danger", "error", "A caller's value is pasted into the shell's text",
     "Kamailio's own exec module pastes the value into the text that the shell parses: a caller "
     "can run commands. Use kamexec's exec.so, which passes values beside the text, or check "
     "the value against a regular expression before the call."},
    {"possible", "warning", "A value that may come from a caller is pasted into the shell's text",
     "The source of the variable's value is unknown. Use kamexec's exec.so, or make sure that no "
     "caller's bytes reach it."},
    {"unseen", "warning", "A command that is built at run time",
     "The text is unknown before the call. Write the command as one string with the "
     "variables in it; in KEMI scripts, pass values beside the text."},
    {"change", "error", "A call that kamexec refuses",
     "No quoting makes the value safe in this position, or the text is built at run time. The "
     "message gives the correct form."},
    {"warning", "note", "What quoting can't cure",
     "The value arrives unchanged, but the program that gets it may interpret it."},
    {"incomplete", "warning", "Something was not read",
     "Exec calls may be missing from this report."},
}};

std::size_t rule_number(std::string_view id) {
  std::size_t number = 0;
  while (number + 1 < kRules.size() && kRules[number].id != id) {
    ++number;
  }
  return number;
}

Json rules() {
  Json all = Json::array();
  for (const Rule& rule : kRules) {
    all.push_back({{"id", rule.id},
                   {"shortDescription", {{"text", rule.title}}},
                   {"fullDescription", {{"text", rule.help}}},
                   {"help", {{"text", rule.help}}},
                   {"defaultConfiguration", {{"level", rule.level}}}});
  }
  return all;
}

/// RFC 3986: a relative reference, or a file URI of a full path.
std::string uri_of(const std::string& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = path.front() == '/' ? "file://" : "";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 0xf];
    }
  }
  return uri;
}

class Results {
 public:
  explicit Results(const Configuration& configuration) : configuration_(configuration) {}

  void add(std::string_view rule, const char* level, SourceLocation location,
           const std::string& message) {
    Json result_location;
    result_location["physicalLocation"] = {
        {"artifactLocation", {{"uri", uri_of(configuration_.file_of(location))}}},
        {"region", {{"startLine", location.line}, {"startColumn", location.column}}}};
    all_.push_back({{"ruleId", rule},
                    {"ruleIndex", rule_number(rule)},
                    {"level", level},
                    {"message", {{"text", printable(message, kLongestMessage)}}},
                    {"locations", Json::array({std::move(result_location)})}});
  }
  void add(std::string_view rule, SourceLocation location, const std::string& message) {
    add(rule, kRules[rule_number(rule)].level, location, message);
  }
  Json take() { return std::move(all_); }

 private:
  const Configuration& configuration_;
  Json all_ = Json::array();
};

/// One result for each variable that carries the risk; for the call where none does.
void add_risk(Results& results, const Assessment& one) {
  if (one.level < Level::possible) {
    return;
  }
  const std::string rule(word_of(one.level));
  const std::string call = one.call.function + "(\"" + one.command + "\")";
  bool told = false;
  for (const Use& use : one.uses) {
    if (use.level == one.level) {
      results.add(rule, use.location,
                  use.variable + " in " + call + ": " + use_words(use) +
                      (use.value.empty() ? "" : "; " + use.value + " runs id"));
      told = true;
    }
  }
  if (!told) {
    results.add(rule, one.call.location, call + ": " + one.reason);
  }
}

void add_call(Results& results, const Assessment& one) {
  add_risk(results, one);
  for (const Said& said : one.said) {
    results.add(said.is_error ? "change" : "warning", said.location,
                said.message + (said.remedy.empty() ? "" : "; " + said.remedy));
  }
}

}  // namespace

nlohmann::ordered_json sarif_report(const std::vector<Checked>& all, const std::string& version) {
  Json found = Json::array();
  bool successful = true;
  for (const Checked& checked : all) {
    Results results(checked.configuration);
    for (const Assessment& one : checked.calls) {
      add_call(results, one);
    }
    for (const Note& note : checked.configuration.notes) {
      const bool is_error = note.severity == Note::Severity::error;
      successful = successful && !is_error;
      if (note.severity != Note::Severity::comment) {
        results.add("incomplete", is_error ? "error" : "warning", note.location, note.message);
      }
    }
    for (Json& result : results.take()) {
      found.push_back(std::move(result));
    }
  }
  Json driver = {{"name", "kamexec"}, {"version", version}, {"rules", rules()}};
  Json invocation = {{"executionSuccessful", successful}};
  Json run = {{"tool", {{"driver", std::move(driver)}}},
              {"invocations", Json::array({std::move(invocation)})},
              {"results", std::move(found)}};
  if (!all.empty()) {
    run["properties"] = {{"kamailio", all.front().configuration.version.text()},
                         {"kamailioFrom", name_of(all.front().version_from)}};
  }
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({std::move(run)})}};
}

}  // namespace kamexec::tool::check
