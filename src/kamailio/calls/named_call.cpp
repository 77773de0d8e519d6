// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/named_call.h"

#include <vector>

#include "base/clock.h"
#include "kamailio/calls/call_state.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/program_run.h"
#include "program/program_command.h"

namespace kamexec {
namespace {

RunOptions options_for_program(const ProgramDefinition& definition, const CallWants& wants) {
  RunOptions options = run_options(definition);
  options.capture_output = wants.output;
  options.input = wants.input;
  return options;
}

RunResult spawn_program(ProgramRun& own, const Command& command,
                        std::span<const std::string_view> values, const CallWants& wants) {
  const ProgramDefinition& definition = own.program().definition;
  const TimePoint requested = Clock::now();
  RunResult result;
  if (const auto taken = own.places().take_within(definition.timeout); !taken) {
    result.outcome = taken.error();
  } else {
    const HeldSlot place(own.places());
    const Result<ProgramStart> start =
        program_start(own, command.prepared, values, call_state().buffers);
    RunOptions options = options_for_program(definition, wants);
    options.timeout = rest_of(definition.timeout, requested);
    result = start ? run(*start, options) : refused(start.error().message);
  }
  result.outcome.duration = time_since(requested);
  return result;
}

/// What a worker reads as the message: the received one, or exec_run's text.
std::string_view worker_message(HostMessage* message, KamexecFunction function,
                                const CallWants& wants) {
  return function == KAMEXEC_RUN ? wants.input : view(host_received_message(message));
}

RunResult ask_worker(HostMessage* message, ProgramRun& own, const Command& command,
                     std::span<const std::string_view> values, const CallWants& wants) {
  CallBuffers& buffers = call_state().buffers;
  if (const Result<void> filled = buffers.argv.fill(command.prepared, values); !filled) {
    return refused(filled.error().message);
  }
  std::vector<std::string_view> arguments;
  for (char* const* word = buffers.argv.data() + 1; *word != nullptr; ++word) {
    arguments.emplace_back(*word);
  }
  WorkerRequest request;
  request.call = worker_call(command.function);
  request.arguments = arguments;
  request.uri = view(host_current_uri(message));
  request.environment = buffers.environment.envp();
  request.message = worker_message(message, command.function, wants);
  return own.ask(request);
}

}  // namespace

RunResult call_program(HostMessage* message, const Command& command,
                       std::span<const std::string_view> values, const CallWants& wants) {
  const Result<ProgramRun*> own = ProgramRun::of(*command.program);
  if (!own) {
    return refused(own.error().message);
  }
  const Result<Pool*> pool = (*own)->pool();
  if (!pool) {
    return refused(pool.error().message);
  }
  const bool variables = *pool == nullptr ? wants.variables : (*pool)->wants().environment;
  if (const Result<void> filled = fill_environment(message, variables, *own); !filled) {
    return refused(filled.error().message);
  }
  return *pool == nullptr ? spawn_program(**own, command, values, wants)
                          : ask_worker(message, **own, command, values, wants);
}

Result<ReadyCall> ready_program(HostMessage* message, const Command& command,
                                std::span<const std::string_view> values, const CallWants& wants) {
  const Result<ProgramRun*> own = ProgramRun::of(*command.program);
  if (!own) {
    return tl::unexpected<Error>(own.error());
  }
  if (Result<void> filled = fill_variables(message, wants.variables); !filled) {
    return tl::unexpected<Error>(std::move(filled.error()));
  }
  const Result<ProgramStart> start =
      program_start(**own, command.prepared, values, call_state().buffers);
  if (!start) {
    return tl::unexpected<Error>(start.error());
  }
  const ProgramDefinition& definition = (*own)->program().definition;
  ReadyCall ready{*start, options_for_program(definition, wants)};
  if (definition.via == Via::pool) {
    ready.options.input = worker_message(message, command.function, wants);
  }
  return ready;
}

}  // namespace kamexec
