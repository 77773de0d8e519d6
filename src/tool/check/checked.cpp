// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/checked.h"

#include <algorithm>
#include <map>
#include <set>

#include "tool/check/assess_script.h"
#include "tool/check/script_calls.h"
#include "tool/check/server_view.h"

namespace kamexec::tool::check {
namespace {

bool has(const Notes& notes, Note::Severity severity) {
  return std::any_of(notes.begin(), notes.end(),
                     [&](const Note& note) { return note.severity == severity; });
}

/// Once for each module, at the first call that needs it.
void note_missing_modules(Checked& checked) {
  std::map<std::string, std::size_t> calls;
  for (const Assessment& one : checked.calls) {
    std::set<std::string> of_call;
    for (const MissingModule& missing : one.missing) {
      of_call.insert(missing.module);
    }
    for (const std::string& module : of_call) {
      ++calls[module];
    }
  }
  for (const Assessment& one : checked.calls) {
    for (const MissingModule& missing : one.missing) {
      const auto found = calls.find(missing.module);
      if (found == calls.end()) {
        continue;
      }
      std::string message = missing.said.message + "; " + missing.said.remedy;
      if (found->second > 1) {
        message += " (" + std::to_string(found->second) + " exec calls need it)";
      }
      checked.configuration.notes.push_back(
          {Note::Severity::error, missing.said.location, std::move(message)});
      calls.erase(found);
    }
  }
}

}  // namespace

std::string_view name_of(VersionFrom from) {
  switch (from) {
    case VersionFrom::option:
      return "option";
    case VersionFrom::server:
      return "server";
    case VersionFrom::newest:
      break;
  }
  return "newest";
}

bool Checked::is_incomplete() const {
  return has(configuration.notes, Note::Severity::unseen) || has_errors();
}

bool Checked::has_errors() const {
  return has(configuration.notes, Note::Severity::error);
}

Result<Checked> check_configuration(const std::string& path, const CheckOptions& options) {
  Result<Configuration> read = read_configuration(path, options.reading);
  if (!read) {
    return tl::unexpected(read.error());
  }
  Checked checked;
  checked.configuration = std::move(*read);
  checked.version_from = options.version_from;
  if (!options.server.empty()) {
    checked.is_verified = compare_with_server(checked.configuration, path, options);
  }
  const std::vector<ScriptCall> script_calls = read_scripts(checked.configuration);
  const Surroundings surroundings = surroundings_of(checked.configuration);
  const Notes& of_programs = surroundings.programs.notes;
  checked.configuration.notes.insert(checked.configuration.notes.end(), of_programs.begin(),
                                     of_programs.end());
  for (const Call& call : checked.configuration.calls) {
    checked.calls.push_back(assess(call, surroundings));
  }
  for (const ScriptCall& call : script_calls) {
    checked.calls.push_back(assess_script_call(call, surroundings));
  }
  note_missing_modules(checked);
  return checked;
}

Counts count(const std::vector<Checked>& all) {
  Counts counts;
  for (const Checked& checked : all) {
    for (const Assessment& assessment : checked.calls) {
      ++counts.calls;
      ++counts.by_level[assessment.level];
      counts.to_change += assessment.must_change ? 1 : 0;
    }
  }
  return counts;
}

bool fails(const std::vector<Checked>& all, const std::vector<std::string>& what) {
  const auto wanted = [&](const char* word) {
    return std::find(what.begin(), what.end(), word) != what.end();
  };
  const bool danger = wanted("danger");
  const bool possible = wanted("possible");
  const bool change = wanted("change");
  return std::any_of(all.begin(), all.end(), [&](const Checked& checked) {
    return (possible && checked.is_incomplete()) ||
           std::any_of(checked.calls.begin(), checked.calls.end(), [&](const Assessment& one) {
             return (danger && one.level == Level::danger) ||
                    (possible && one.level >= Level::possible) || (change && one.must_change);
           });
  });
}

}  // namespace kamexec::tool::check
