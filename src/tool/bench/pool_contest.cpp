// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <memory>
#include <utility>

#include "bare/bare_pair.h"
#include "engine/executor.h"
#include "engine/invocation.h"
#include "tool/bench/contest.h"
#include "tool/try/recording_transport.h"

namespace kamexec::tool {
namespace {

/// A pool of the program, and what its workers are asked.
struct Asked {
  explicit Asked(engine::ExecutorOptions options) : executor(std::move(options)) {}

  engine::InvocationBuffers buffers;
  engine::Invocation invocation;
  std::chrono::milliseconds timeout{0};
  engine::Executor executor;
  process::RunResult result;

  Result<void> call() {
    invocation.deadline = after(Clock::now(), timeout);
    executor.run(invocation, result);
    const process::Outcome& outcome = result.outcome;
    if (outcome.cause == process::Cause::ok || outcome.cause == process::Cause::nonzero_exit) {
      return {};
    }
    return failure(std::string(process::word(outcome.cause)) + ", " + outcome.detail);
  }
};

Result<std::shared_ptr<Asked>> asked_of(const BenchInputs& inputs,
                                        engine::ExecutorOptions options) {
  auto asked = std::make_shared<Asked>(std::move(options));
  const Result<engine::Invocation> made =
      engine::make_invocation({.command = *inputs.command.prepared,
                               .program = inputs.command.program,
                               .values = {},
                               .search_path = {},
                               .limits = {},
                               .requested = Clock::now()},
                              asked->buffers);
  if (!made) {
    return tl::unexpected<Error>(made.error());
  }
  asked->invocation = *made;
  asked->invocation.call = call_word(TryCall::avp);
  asked->timeout = std::min<std::chrono::milliseconds>(
      engine::timeout_of(inputs.command.program, {}), kLongestCall);
  return asked;
}

/// Bytes of one request and of its reply, behind the hellos.
struct ExchangeSize {
  std::size_t request = 0;
  std::size_t reply = 0;
};

/// Asks a worker of its own once, and counts.
Result<ExchangeSize> exchange_size(const BenchInputs& inputs) {
  const auto exchange = std::make_shared<Exchange>();
  engine::ExecutorOptions options;
  options.wrap_transport = [exchange](std::unique_ptr<pool::WorkerTransport> inner) {
    return recording(std::move(inner), exchange);
  };
  const Result<std::shared_ptr<Asked>> asked = asked_of(inputs, std::move(options));
  const Result<void> called =
      asked ? (*asked)->call() : Result<void>(tl::unexpected<Error>(asked.error()));
  if (!called) {
    return tl::unexpected<Error>(called.error());
  }
  ExchangeSize size;
  bool hello[2] = {true, true};
  for (const ExchangedLine& line : exchange->lines()) {
    if (std::exchange(hello[static_cast<std::size_t>(line.from)], false)) {
      continue;
    }
    (line.from == ExchangedLine::From::server ? size.request : size.reply) += line.text.size() + 1;
  }
  return size;
}

}  // namespace

Result<Contest> pool_contest(const BenchInputs& inputs) {
  const Result<ExchangeSize> size = exchange_size(inputs);
  if (!size) {
    return failure("the worker: " + size.error().message);
  }
  const Result<std::shared_ptr<Asked>> asked = asked_of(inputs, {});
  if (!asked) {
    return tl::unexpected<Error>(asked.error());
  }
  if (const Result<void> tried = (*asked)->call(); !tried) {
    return failure("the worker: " + tried.error().message);
  }
  Result<bare::BarePair> pair = bare::BarePair::create(size->request, size->reply);
  if (!pair) {
    return tl::unexpected<Error>(std::move(pair.error()));
  }
  const auto bare = std::make_shared<bare::BarePair>(std::move(*pair));
  Contest contest;
  contest.title = inputs.text;
  contest.subjects.push_back(
      {"kamexec", "kamexec, a pool's worker", [asked = *asked] { return asked->call(); }});
  contest.subjects.push_back({"bare",
                              "a round trip over a socket pair, " + std::to_string(size->request) +
                                  " bytes and " + std::to_string(size->reply) + " back",
                              [bare] { return bare->round_trip(); }});
  contest.notes.emplace_back("all on one processor: waking another costs more than such a call");
  return contest;
}

}  // namespace kamexec::tool
