// SPDX-License-Identifier: GPL-2.0-or-later

#include <algorithm>
#include <memory>

#include "bare/bare_pair.h"
#include "command/argv.h"
#include "pool/escape.h"
#include "pool/pool.h"
#include "program/program_command.h"
#include "program/program_environment.h"
#include "program/program_pool.h"
#include "tool/bench/contest.h"

extern "C" char** environ;

namespace kamexec {
namespace {

constexpr std::string_view kId = "0123456789abcdef";  // as long as the ids that a pool makes

/// A pool of the program, and the request that its workers are sent. What the request points to is
/// kept beside it.
struct Asked {
  Argv argv;
  InheritedEnvironment inherited;
  Environment environment;
  std::vector<std::string_view> arguments;
  WorkerRequest request;
  std::chrono::milliseconds timeout{0};
  std::unique_ptr<Pool> pool;
  RunResult result;

  Result<void> call() {
    pool->call(request, timeout, result);
    const Outcome& outcome = result.outcome;
    if (outcome.cause == Cause::ok || outcome.cause == Cause::nonzero_exit) {
      return {};
    }
    return failure(std::string(word(outcome.cause)) + ", " + outcome.detail);
  }
};

Result<std::unique_ptr<Pool>> pool_of(const Program& program, Asked& asked) {
  Argv argv;
  const PreparedCommand command = worker_command(program.definition, program.place);
  if (const Result<void> filled = argv.fill(command, {}); !filled) {
    return tl::unexpected<Error>(filled.error());
  }
  ResolvedProgram place = program.place;
  if (const Result<void> may = check_permission(program.definition, place); !may) {
    return tl::unexpected<Error>(may.error());
  }
  ProgramStart start = start_of(program.definition, place);
  start.argv = argv.data();
  start.environment = asked.environment.envp();
  return Pool::create(pool_options(program.definition), start);
}

Result<std::shared_ptr<Asked>> asked_of(const BenchInputs& inputs) {
  const Program& program = *inputs.command.program;
  auto asked = std::make_shared<Asked>();
  asked->inherited = inherited_by(program.definition, environ);
  add_environment(program.definition, asked->inherited, asked->environment);
  Result<std::unique_ptr<Pool>> pool = pool_of(program, *asked);
  if (!pool) {
    return tl::unexpected<Error>(std::move(pool.error()));
  }
  asked->pool = std::move(*pool);
  if (const Result<void> filled = asked->argv.fill(*inputs.command.prepared, {}); !filled) {
    return tl::unexpected<Error>(filled.error());
  }
  for (char* const* argument = asked->argv.data() + 1; *argument != nullptr; ++argument) {
    asked->arguments.emplace_back(*argument);
  }
  asked->request.call = call_word(TryCall::avp);
  asked->request.arguments = asked->arguments;
  asked->request.environment = asked->environment.envp();
  asked->timeout = std::min<std::chrono::milliseconds>(program.definition.timeout, kLongestCall);
  return asked;
}

std::size_t request_size(const Asked& asked) {
  std::string bytes;
  static_cast<void>(append_request(bytes, asked.request, kId, asked.pool->wants(), asked.timeout,
                                   BarePair::kMost));
  return bytes.size();
}

/// Of the reply that made the last result.
std::size_t reply_size(const RunResult& result) {
  std::string bytes =
      "reply " + std::string(kId) + " " + std::to_string(result.outcome.exit_status) + "\n";
  std::string_view left = result.output;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size() - 1);
    bytes += "line ";
    append_escaped(bytes, left.substr(0, end));
    bytes += '\n';
    left.remove_prefix(end + 1);
  }
  return bytes.append("end ").append(kId).size() + 1;
}

}  // namespace

Result<Contest> pool_contest(const BenchInputs& inputs) {
  const Result<std::shared_ptr<Asked>> asked = asked_of(inputs);
  if (!asked) {
    return tl::unexpected<Error>(asked.error());
  }
  if (const Result<void> tried = (*asked)->call(); !tried) {
    return failure("the worker: " + tried.error().message);
  }
  const std::size_t request = request_size(**asked);
  const std::size_t reply = reply_size((*asked)->result);
  Result<BarePair> pair = BarePair::create(request, reply);
  if (!pair) {
    return tl::unexpected<Error>(std::move(pair.error()));
  }
  const auto bare = std::make_shared<BarePair>(std::move(*pair));
  Contest contest;
  contest.title = inputs.text;
  contest.subjects.push_back(
      {"kamexec", "kamexec, a pool's worker", [asked = *asked] { return asked->call(); }});
  contest.subjects.push_back({"bare",
                              "a round trip over a socket pair, " + std::to_string(request) +
                                  " bytes and " + std::to_string(reply) + " back",
                              [bare] { return bare->round_trip(); }});
  contest.notes.emplace_back("all on one processor: waking another costs more than such a call");
  return contest;
}

}  // namespace kamexec
