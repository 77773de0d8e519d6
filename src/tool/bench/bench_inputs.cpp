// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/bench_inputs.h"

namespace kamexec::tool {
namespace {

/// As it is, or the one program that is defined, or the default.
Result<std::string> text_of(const BenchOptions& options, const program::Programs& programs) {
  if (!options.command.empty()) {
    return options.command;
  }
  if (programs.all().size() > 1) {
    return failure("there are several programs: choose one, '@NAME ARGUMENT ...'");
  }
  return programs.all().empty() ? std::string(kDefaultCommand)
                                : "@" + programs.all().begin()->first;
}

}  // namespace

Result<std::unique_ptr<BenchInputs>> read_bench_inputs(const BenchOptions& options) {
  TryOptions tried;
  tried.call = TryCall::avp;
  tried.programs = options.programs;
  Result<TryInputs> surroundings = read_inputs(tried);
  if (!surroundings) {
    return tl::unexpected<Error>(std::move(surroundings.error()));
  }
  auto inputs = std::make_unique<BenchInputs>();
  inputs->surroundings = std::move(*surroundings);
  Result<std::string> text = text_of(options, inputs->surroundings.programs);
  if (!text) {
    return tl::unexpected<Error>(std::move(text.error()));
  }
  inputs->text = std::move(*text);
  inputs->command = command_of(tried.call, inputs->text, inputs->surroundings.programs,
                               {inputs->surroundings.search_path, {}, true});
  for (const command::Finding& finding : inputs->command.findings) {
    if (finding.severity == command::Finding::Severity::error) {
      return failure(finding.message + "; " + finding.remedy);
    }
  }
  if (!inputs->command.variables.empty()) {
    return failure("there is no request that could give " + inputs->command.variables.front() +
                   " a value; write a value in its place");
  }
  return inputs;
}

}  // namespace kamexec::tool
