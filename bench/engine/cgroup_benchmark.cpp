// SPDX-License-Identifier: GPL-2.0-or-later
// One run of /bin/true in a control group of its own, alone and with all parts of a sandbox: only
// where this process may make such groups.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "process/cgroup_preparation.h"
#include "process/run.h"
#include "process/sandbox.h"

namespace kamexec {
namespace {

char path[] = "/bin/true";
char* const kArgv[] = {path, nullptr};
char search_path[] = "PATH=/usr/bin:/bin";
char* const kEnvironment[] = {search_path, nullptr};

void contained(benchmark::State& state, const process::SandboxRule& rule) {
  std::vector<process::SandboxMistake> mistakes;
  process::ProgramStart start;
  start.program = path;
  start.argv = kArgv;
  start.environment = kEnvironment;
  start.sandbox =
      process::Sandbox::prepare(rule, {path, false}, process::kernel_abilities(), mistakes);
  auto parent = process::prepare_cgroups(std::string(process::kOwnCgroup), {});
  if (!mistakes.empty() || !parent) {
    state.SkipWithError(
        (mistakes.empty() ? parent.error().message : mistakes.front().message).c_str());
    return;
  }
  start.cgroup = std::move(*parent);
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

/// What can't be measured is no row: a row that fails is a fault.
bool register_rows() {
  if (!process::prepare_cgroups(std::string(process::kOwnCgroup), {})) {
    return false;
  }
  process::SandboxRule strict;
  strict.files = strict.network = strict.system_calls = strict.signals = true;
  benchmark::RegisterBenchmark("contained/cgroup", contained, process::SandboxRule())
      ->UseRealTime();
  benchmark::RegisterBenchmark("contained/strict_and_cgroup", contained, strict)->UseRealTime();
  return true;
}

[[maybe_unused]] const bool kAreRegistered = register_rows();

}  // namespace
}  // namespace kamexec
