// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/trial_results.h"

#include "base/printable.h"
#include "engine/invocation.h"
#include "output/lines.h"
#include "output/uri_set.h"
#include "tool/sip/sip_uri.h"
#include "variables/read_variable.h"

namespace kamexec::tool {
namespace {

constexpr std::string_view kBetweenNames = " \t,;\n";

void unusable(Trial& trial, std::string why) {
  if (trial.result.outcome.cause == process::Cause::ok) {
    trial.result.outcome.cause = process::Cause::unusable;
    trial.result.outcome.detail = std::move(why);
  }
}

void take_uris(const TryOptions& options, Trial& trial) {
  output::UriSetOptions limits;
  limits.check = [](std::string_view uri, void*) { return read_sip_uri(uri).has_value(); };
  limits.most = options.branches;
  const output::UriSet set = output::parse_uri_set(trial.result.output, limits);
  for (const output::UriEntry& entry : set.entries) {
    trial.uris.push_back({std::string(entry.uri), entry.q});
  }
  for (const output::SkippedLine& line : set.skipped) {
    trial.left_out.push_back("line " + std::to_string(line.line) + ": " + line.reason +
                             (line.text.empty() ? "" : ": " + line.text));
  }
  if (set.more_skipped > 0) {
    trial.left_out.push_back(std::to_string(set.more_skipped) + " more lines");
  }
  if (set.entries.empty()) {
    unusable(trial, "no usable URI in its output");
  }
}

void take_avps(const std::vector<std::string>& names, Trial& trial) {
  std::size_t i = 0;
  for (const output::ValueLine& line : output::value_lines(trial.result.output)) {
    if (line.cut) {
      trial.left_out.push_back("line " + std::to_string(line.number) +
                               ": the text after its NUL byte");
    }
    trial.assigned.emplace_back(
        i < names.size() ? names[i] : "$avp(i:" + std::to_string(i + 1) + ")", line.text);
    ++i;
  }
}

std::string without_line_ends(std::string_view text) {
  return std::string(text.substr(0, text.find_last_not_of("\r\n") + 1));
}

}  // namespace

Result<std::vector<std::string>> read_avp_names(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t at = list.find_first_not_of(kBetweenNames); at < list.size();
       at = list.find_first_not_of(kBetweenNames, at)) {
    const std::string_view rest = list.substr(at);
    const std::size_t size = rest.front() == '$' ? variables::variable_size(rest) : 0;
    const auto variable =
        size == 0 ? tl::unexpected<variables::VariableProblem>(variables::VariableProblem{})
                  : variables::read_variable(rest.substr(0, size));
    if (!variable || variable->class_name != "avp") {
      return failure("--avps: " + printable(rest, 80) +
                     " is not an AVP; write --avps '$avp(a); $avp(b)'");
    }
    names.emplace_back(rest.substr(0, size));
    at += size;
  }
  return names;
}

void apply_results(const TryOptions& options, const std::vector<std::string>& avps, Trial& trial) {
  if (!engine::output_counts(trial.result.outcome)) {
    return;
  }
  if ((trial.call == TryCall::dset || trial.call == TryCall::avp) &&
      output::more_lines_than(trial.result.output, options.lines_limit)) {
    unusable(trial, "printed more than the limit of " + std::to_string(options.lines_limit) +
                        " lines (lines_limit)");
    return;
  }
  switch (trial.call) {
    case TryCall::dset:
      take_uris(options, trial);
      break;
    case TryCall::avp:
      take_avps(avps, trial);
      break;
    case TryCall::run:
      trial.assigned.emplace_back("output", without_line_ends(trial.result.output));
      if (trial.error_captured) {
        trial.assigned.emplace_back("error", without_line_ends(trial.result.error));
      }
      break;
    case TryCall::msg:
    case TryCall::cmd:
      break;
  }
}

}  // namespace kamexec::tool
