// SPDX-License-Identifier: GPL-2.0-or-later
// One run of /bin/true with what may be kept from a program: each part by itself, and all of them;
// and in a control group of its own, only where this process may make such groups.
// bench/comparison/containment.py compares the rows with the first.
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

process::SandboxRule parts(bool files, bool network, bool system_calls, bool signals) {
  process::SandboxRule rule;
  rule.files = files;
  rule.network = network;
  rule.system_calls = system_calls;
  rule.signals = signals;
  return rule;
}

enum class Group { the_hosts, own };

void contained(benchmark::State& state, const process::SandboxRule& rule, bool no_new_privileges,
               Group group) {
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
  if (group == Group::own) {
    auto parent = process::prepare_cgroups(std::string(process::kOwnCgroup), {});
    if (!parent) {
      state.SkipWithError(parent.error().message.c_str());
      return;
    }
    start.cgroup = std::move(*parent);
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

bool register_rows() {
  const auto row = [](const char* name, const process::SandboxRule& rule, bool no_new_privileges,
                      Group group) {
    benchmark::RegisterBenchmark(name, contained, rule, no_new_privileges, group)->UseRealTime();
  };
  const process::SandboxRule nothing;
  const process::SandboxRule strict = parts(true, true, true, true);
  row("contained/nothing", nothing, false, Group::the_hosts);
  row("contained/no_new_privileges", nothing, true, Group::the_hosts);
  row("contained/files", parts(true, false, false, false), false, Group::the_hosts);
  row("contained/network", parts(false, true, false, false), false, Group::the_hosts);
  row("contained/system_calls", parts(false, false, true, false), false, Group::the_hosts);
  row("contained/signals", parts(false, false, false, true), false, Group::the_hosts);
  row("contained/strict", strict, false, Group::the_hosts);
  // What can't be measured is no row: a row that fails is a fault.
  if (process::prepare_cgroups(std::string(process::kOwnCgroup), {})) {
    row("contained/cgroup", nothing, false, Group::own);
    row("contained/strict_and_cgroup", strict, false, Group::own);
  }
  return true;
}

[[maybe_unused]] const bool kAreRegistered = register_rows();

}  // namespace
}  // namespace kamexec
