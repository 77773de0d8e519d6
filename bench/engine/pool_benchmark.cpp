// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a pool's worker, beside a bare round trip of the same bytes.
#include <benchmark/benchmark.h>

#include <csignal>
#include <memory>
#include <string_view>

#include "bare/bare_pair.h"
#include "bare/one_processor.h"
#include "pool/pool.h"

namespace kamexec {
namespace {

constexpr std::string_view kRequest =
    "request 0123456789abcdef avp 2000\narg hello\narg bob\nend 0123456789abcdef\n";
constexpr std::string_view kReply =
    "reply 0123456789abcdef 0\nline hello bob\nend 0123456789abcdef\n";

void call_worker(benchmark::State& state) {
  const bare::OneProcessor here;
  char path[] = KAMEXEC_ECHO_WORKER;
  char* const argv[] = {path, nullptr};
  char* const environment[] = {nullptr};
  process::ProgramStart start;
  start.program = path;
  start.argv = argv;
  start.environment = environment;
  const Result<std::unique_ptr<pool::Pool>> pool = pool::Pool::create({}, start);
  if (!pool) {
    state.SkipWithError(pool.error().message.c_str());
    return;
  }
  (*pool)->start_workers();
  constexpr std::string_view kArguments[] = {"hello", "bob"};
  pool::WorkerRequest request;
  request.call = "avp";
  request.arguments = kArguments;
  process::RunResult result;
  for (auto _ : state) {
    (*pool)->call(request, std::chrono::seconds(2), result);
    if (result.output != "hello bob\n") {
      state.SkipWithError(("the call failed: " + result.outcome.detail).c_str());
      break;
    }
  }
}

void round_trip(benchmark::State& state) {
  const bare::OneProcessor here;
  std::signal(SIGPIPE, SIG_IGN);
  Result<bare::BarePair> pair = bare::BarePair::create(kRequest.size(), kReply.size());
  if (!pair) {
    state.SkipWithError(pair.error().message.c_str());
    return;
  }
  for (auto _ : state) {
    if (const Result<void> made = pair->round_trip(); !made) {
      state.SkipWithError(made.error().message.c_str());
      break;
    }
  }
}

BENCHMARK(call_worker)->UseRealTime();
BENCHMARK(round_trip)->UseRealTime();

}  // namespace
}  // namespace kamexec
