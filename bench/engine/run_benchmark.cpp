// SPDX-License-Identifier: GPL-2.0-or-later
// One run of a program by the engine, beside the bare spawn of the same.
#include <benchmark/benchmark.h>

#include <string>

#include "bare/bare_call.h"
#include "process/run.h"

namespace kamexec {
namespace {

char true_path[] = "/bin/true";
char echo_path[] = "/bin/echo";
char hello[] = "hello";
char* const kTrueArgv[] = {true_path, nullptr};
char* const kEchoArgv[] = {echo_path, hello, nullptr};
char search_path[] = "PATH=/usr/bin:/bin";
char* const kEnvironment[] = {search_path, nullptr};

void run_program(benchmark::State& state, char* const* argv, bool output, bool error) {
  process::ProgramStart start;
  start.program = argv[0];
  start.argv = argv;
  start.environment = kEnvironment;
  process::RunOptions options;
  options.capture_output = output;
  options.capture_error = error;
  options.timeout = std::chrono::seconds(30);
  for (auto _ : state) {
    const process::RunResult result = process::run(start, options);
    if (result.outcome.cause != process::Cause::ok || result.output.empty() == output) {
      state.SkipWithError(("the run failed: " + result.outcome.detail).c_str());
      break;
    }
  }
}

void spawn_program(benchmark::State& state, char* const* argv, bool output) {
  bare::BareCall call;
  call.argv = argv;
  call.environment = kEnvironment;
  call.capture_output = output;
  std::string printed;
  for (auto _ : state) {
    const Result<void> made = bare::make_bare_call(call, printed);
    if (!made || printed.empty() == output) {
      state.SkipWithError(made ? "nothing printed" : made.error().message.c_str());
      break;
    }
  }
}

BENCHMARK_CAPTURE(spawn_program, true, kTrueArgv, false)->UseRealTime();
BENCHMARK_CAPTURE(run_program, true, kTrueArgv, false, true)->UseRealTime();
BENCHMARK_CAPTURE(run_program, true_without_stderr, kTrueArgv, false, false)->UseRealTime();
BENCHMARK_CAPTURE(spawn_program, echo, kEchoArgv, true)->UseRealTime();
BENCHMARK_CAPTURE(run_program, echo, kEchoArgv, true, true)->UseRealTime();

}  // namespace
}  // namespace kamexec
