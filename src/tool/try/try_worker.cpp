// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/try_worker.h"

#include "pool/local_channel.h"
#include "pool/pool.h"
#include "program/program_command.h"
#include "program/program_environment.h"
#include "program/program_pool.h"
#include "tool/try/tapped_transport.h"

extern "C" char** environ;

namespace kamexec {
namespace {

constexpr std::chrono::seconds kGoodbye{1};  // for a worker to see the end of its input

Result<std::unique_ptr<Pool>> pool_of(const Program& program,
                                      const std::shared_ptr<Exchange>& exchange) {
  Argv argv;
  if (const Result<void> filled = argv.fill(worker_command(program.definition, program.place), {});
      !filled) {
    return tl::unexpected<Error>(filled.error());
  }
  const InheritedEnvironment inherited = inherited_by(program.definition, environ);
  Environment environment;
  add_environment(program.definition, inherited, environment);
  ProgramStart start = start_of(program.definition, program.place);
  start.argv = argv.data();
  start.environment = environment.envp();
  PoolOptions options = pool_options(program.definition);
  options.start = 1;
  return Pool::create(options, tapped(std::make_unique<LocalTransport>(start, true), exchange));
}

WorkerRequest request_of(const TryInputs& inputs, CallBuffers& buffers, const Trial& trial,
                         const std::vector<std::string_view>& arguments) {
  WorkerRequest request;
  request.call = call_word(trial.call);
  request.arguments = arguments;
  request.environment = buffers.environment.envp();
  if (inputs.message) {
    request.uri = inputs.message->facts().current_uri;
    request.message =
        trial.call == TryCall::run ? std::string_view(trial.input) : inputs.message->bytes();
  } else {
    request.message = trial.input;
  }
  return request;
}

}  // namespace

void ask_worker(const Program& program, const TryInputs& inputs, CallBuffers& buffers,
                Trial& trial) {
  const auto exchange = std::make_shared<Exchange>();
  const Result<std::unique_ptr<Pool>> pool = pool_of(program, exchange);
  trial.ran = true;
  if (!pool) {
    trial.result.outcome.cause = Cause::not_started;
    trial.result.outcome.detail = pool.error().message;
    return;
  }
  const std::vector<std::string_view> arguments(trial.argv.begin() + 1, trial.argv.end());
  trial.result =
      (*pool)->call(request_of(inputs, buffers, trial, arguments), program.definition.timeout);
  (*pool)->stop_all();
  static_cast<void>((*pool)->run_until(after(Clock::now(), kGoodbye)));
  trial.exchange = exchange->lines();
}

}  // namespace kamexec
