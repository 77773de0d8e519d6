// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a configuration, and as a script of a script engine: read, judged and reported.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "tool/check/assess_script.h"
#include "tool/check/read_configuration.h"
#include "tool/check/report.h"
#include "tool/check/script_calls.h"

namespace {

using namespace kamexec::tool::check;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_location(const Configuration& configuration, SourceLocation location) {
  require(location.file < configuration.files.size() && location.line >= 1 && location.column >= 1);
}

void check_one(const Configuration& configuration, const Assessment& one) {
  check_location(configuration, one.call.location);
  for (const Use& use : one.uses) {
    check_location(configuration, use.location);
    require(one.level >= use.level);
  }
  bool has_error = false;
  for (const Said& said : one.said) {
    check_location(configuration, said.location);
    has_error = has_error || said.is_error;
  }
  require(has_error == one.must_change);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Checked checked;
  checked.configuration =
      read_configuration_text(text, "fuzz.cfg", {{}, false, kamexec::variables::kNewestRelease});
  for (const Note& note : checked.configuration.notes) {
    check_location(checked.configuration, note.location);
  }
  Surroundings surroundings = surroundings_of(checked.configuration);
  surroundings.asks_shell = false;
  for (const Call& call : checked.configuration.calls) {
    for (const Argument& argument : call.arguments) {
      require(argument.locations.empty() || argument.locations.size() == argument.text.size());
    }
    checked.calls.push_back(assess(call, surroundings));
    check_one(checked.configuration, checked.calls.back());
  }
  for (const ScriptCall& call : find_script_calls(text, 0)) {
    checked.calls.push_back(assess_script_call(call, surroundings));
    check_one(checked.configuration, checked.calls.back());
  }
  for (const char c : text_report({checked}, false)) {
    require(c == '\n' || c == '\t' || (c >= ' ' && c <= '~'));
  }
  require(!json_text(json_report({checked})).empty());
  require(!json_text(sarif_report({checked}, "1")).empty());
  return 0;
}
