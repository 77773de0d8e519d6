// SPDX-License-Identifier: GPL-2.0-or-later
// One run of /bin/true with what may be kept from a program: each part by itself, and all of them.
// bench/comparison/containment.py compares the rows with the first.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "process/run.h"
#include "process/sandbox.h"

namespace kamexec {
namespace {

char path[] = "/bin/true";
char* const kArgv[] = {path, nullptr};
char search_path[] = "PATH=/usr/bin:/bin";
char* const kEnvironment[] = {search_path, nullptr};

process::SandboxRule parts(bool files, bool network, bool system_calls, bool signals) {
  process::SandboxRule rule;
  rule.files = files;
  rule.network = network;
  rule.system_calls = system_calls;
  rule.signals = signals;
  return rule;
}

void contained(benchmark::State& state, const process::SandboxRule& rule, bool no_new_privileges) {
  std::vector<process::SandboxMistake> mistakes;
  process::ProgramStart start;
  start.program = path;
  start.argv = kArgv;
  start.environment = kEnvironment;
  start.no_new_privileges = no_new_privileges;
  start.sandbox =
      process::Sandbox::prepare(rule, {path, false}, process::kernel_abilities(), mistakes);
  if (!mistakes.empty()) {
    state.SkipWithError(mistakes.front().message.c_str());
    return;
  }
  process::RunOptions options;
  options.timeout = std::chrono::seconds(30);
  for (auto _ : state) {
    const process::RunResult result = process::run(start, options);
    if (result.outcome.cause != process::Cause::ok) {
      state.SkipWithError(("the run failed: " + result.outcome.detail).c_str());
      break;
    }
  }
}

BENCHMARK_CAPTURE(contained, nothing, parts(false, false, false, false), false)->UseRealTime();
BENCHMARK_CAPTURE(contained, no_new_privileges, parts(false, false, false, false), true)
    ->UseRealTime();
BENCHMARK_CAPTURE(contained, files, parts(true, false, false, false), false)->UseRealTime();
BENCHMARK_CAPTURE(contained, network, parts(false, true, false, false), false)->UseRealTime();
BENCHMARK_CAPTURE(contained, system_calls, parts(false, false, true, false), false)->UseRealTime();
BENCHMARK_CAPTURE(contained, signals, parts(false, false, false, true), false)->UseRealTime();
BENCHMARK_CAPTURE(contained, strict, parts(true, true, true, true), false)->UseRealTime();

}  // namespace
}  // namespace kamexec
