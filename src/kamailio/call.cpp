// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/call.h"

#include <ctime>

#include "command/prepare.h"
#include "engine/run_command.h"
#include "kamailio/facts.h"
#include "kamailio/function_names.h"
#include "kamailio/host_counters.h"
#include "kamailio/last_call.h"
#include "kamailio/log.h"
#include "kamailio/log_limit.h"
#include "kamailio/program_places.h"
#include "kamailio/program_run.h"
#include "kamailio/settings.h"
#include "kamailio/text.h"
#include "output/printable.h"
#include "program/program_command.h"

extern "C" char** environ;

namespace kamexec {
namespace {

/// What a process keeps from call to call. Made at its first call, after the server has forked.
struct ProcessState {
  InheritedEnvironment inherited =
      settings().inherit_all ? InheritedEnvironment::everything(environ)
                             : InheritedEnvironment::only(environ, settings().inherited_names);
  std::string path = std::string(InheritedEnvironment::everything(environ).value("PATH"));
  RequestFacts facts;
  CallBuffers buffers;
};

ProcessState& state() {
  static ProcessState own;
  return own;
}

bool fill_environment(HostMessage* message, bool variables, const ProgramRun* program = nullptr) {
  Environment& environment = state().buffers.environment;
  environment.clear();
  if (program != nullptr) {
    program->add_environment(environment);
  } else {
    environment.inherit(state().inherited);
  }
  if (!variables || !settings().set_variables) {
    return true;
  }
  if (!gather_facts(message, state().facts)) {
    return false;
  }
  EnvironmentOptions options;
  options.bash_safety = settings().bash_safety;
  add_request(state().facts, options, environment);
  return true;
}

constexpr const char* kUnparsable = "the message's headers can't be parsed";

RunOptions options_for(const Command& command, const CallWants& wants) {
  RunOptions options = settings().run;
  options.capture_output = wants.output;
  // A job in the background that writes to a pipe of ours would die of it when the call is over: it
  // writes where the server does.
  options.capture_error = wants.error || !command.prepared.has_background_job;
  options.input = wants.input;
  return options;
}

std::string first_line(std::string_view text) {
  return printable(text.substr(0, text.find('\n')), 200);
}

std::string describe(const std::string& label, const RunResult& result) {
  const Outcome& outcome = result.outcome;
  std::string line = label + ": " + std::string(word(outcome.cause));
  if (outcome.exit_status >= 0) {
    line += ", exit status " + std::to_string(outcome.exit_status);
  }
  if (outcome.signal != 0) {
    line += ", signal " + std::to_string(outcome.signal);
  }
  if (!outcome.detail.empty()) {
    line += ", " + printable(outcome.detail, 300);
  }
  line += ", after " + std::to_string(outcome.duration.count() / 1000) + " ms";
  if (!result.error.empty()) {
    line += "; stderr: " + first_line(result.error);
  }
  return line;
}

void log_failure(const std::string& label, const RunResult& result) {
  static LogLimit limit(settings().failures_logged);
  std::uint32_t left_out = 0;
  const bool allowed = limit.allow(::time(nullptr), left_out);
  if (left_out > 0) {
    log_warning(std::to_string(left_out) + " more failed calls of this process were not logged " +
                "(failures_logged)");
  }
  if (!allowed) {
    return;
  }
  if (result.outcome.cause == Cause::said_no) {
    log_info(describe(label, result));  // an answer, not a fault
  } else {
    log_error(describe(label, result));
  }
}

HostCounter counter_of(Cause cause) {
  switch (cause) {
    case Cause::ok:
      return HOST_COUNTER_OK;
    case Cause::said_no:
      return HOST_COUNTER_NO;
    case Cause::deadline:
      return HOST_COUNTER_DEADLINE;
    case Cause::not_started:
      return HOST_COUNTER_NOT_STARTED;
    case Cause::refused:
      return HOST_COUNTER_REFUSED;
    case Cause::unusable:
      break;
  }
  return HOST_COUNTER_UNUSABLE;
}

void count(const Outcome& outcome) {
  host_counter_add(HOST_COUNTER_CALLS, 1);
  host_counter_add(counter_of(outcome.cause), 1);
  if (outcome.cause != Cause::refused) {
    host_count_duration(static_cast<long>(outcome.duration.count()));
  }
}

RunOptions options_for_program(const ProgramDefinition& definition, const CallWants& wants) {
  RunOptions options = run_options(definition);
  options.capture_output = wants.output;
  options.input = wants.input;
  return options;
}

RunResult spawn_program(const ProgramRun& own, const Command& command,
                        std::span<const std::string_view> values, const CallWants& wants) {
  const ProgramDefinition& definition = own.program().definition;
  ProgramPlaces& places = ProgramPlaces::of(*command.program);
  if (const Result<void> entered = places.enter(definition, definition.timeout); !entered) {
    return refused(entered.error().message);
  }
  const Result<ProgramStart> start = program_start(own, command.prepared, values, state().buffers);
  RunResult result =
      start ? run(*start, options_for_program(definition, wants)) : refused(start.error().message);
  places.leave();
  return result;
}

/// What a worker reads as the message: the received one, or exec_run's text.
std::string_view worker_message(HostMessage* message, KxFunction function, const CallWants& wants) {
  return function == KX_RUN ? wants.input : view(host_received_message(message));
}

RunResult ask_worker(HostMessage* message, Pool& pool, const Command& command,
                     std::span<const std::string_view> values, const CallWants& wants) {
  if (const Result<void> filled = state().buffers.argv.fill(command.prepared, values); !filled) {
    return refused(filled.error().message);
  }
  std::vector<std::string_view> arguments;
  for (char* const* word = state().buffers.argv.data() + 1; *word != nullptr; ++word) {
    arguments.emplace_back(*word);
  }
  WorkerRequest request;
  request.call = worker_call(command.function);
  request.arguments = arguments;
  request.uri = view(host_current_uri(message));
  request.environment = state().buffers.environment.envp();
  request.message = worker_message(message, command.function, wants);
  return pool.call(request, command.program->definition.timeout);
}

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
  if (!fill_environment(message, variables, *own)) {
    return refused(kUnparsable);
  }
  return *pool == nullptr ? spawn_program(**own, command, values, wants)
                          : ask_worker(message, **pool, command, values, wants);
}

/// For another process to call: what a worker wants is known there, so it is all handed over.
Result<ReadyCall> ready_program(HostMessage* message, const Command& command,
                                std::span<const std::string_view> values, const CallWants& wants) {
  const Result<ProgramRun*> own = ProgramRun::of(*command.program);
  if (!own) {
    return tl::unexpected<Error>(own.error());
  }
  if (!fill_environment(message, wants.variables, *own)) {
    return failure(kUnparsable);
  }
  const Result<ProgramStart> start =
      program_start(**own, command.prepared, values, state().buffers);
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

}  // namespace

std::string_view search_path() {
  return state().path.empty() ? PrepareOptions().search_path : std::string_view(state().path);
}

RunResult make_call(HostMessage* message, const Command& command,
                    std::span<const std::string_view> values, const CallWants& wants) {
  if (command.program != nullptr) {
    return call_program(message, command, values, wants);
  }
  if (!fill_environment(message, wants.variables)) {
    return refused(kUnparsable);
  }
  return run_command(command.prepared, values, search_path(), options_for(command, wants),
                     state().buffers);
}

Result<ReadyCall> ready_call(HostMessage* message, const Command& command,
                             std::span<const std::string_view> values, const CallWants& wants) {
  if (command.program != nullptr) {
    return ready_program(message, command, values, wants);
  }
  if (!fill_environment(message, wants.variables)) {
    return failure(kUnparsable);
  }
  Result<ProgramStart> start = start_of(command.prepared, values, search_path(), state().buffers);
  if (!start) {
    return tl::unexpected<Error>(std::move(start.error()));
  }
  return ReadyCall{*start, options_for(command, wants)};
}

int record_call(const std::string& label, RunResult& result) {
  const int rc = code(result.outcome.cause);
  count(result.outcome);
  if (result.outcome.cause != Cause::ok) {
    log_failure(label, result);
  }
  LastCall& last = last_call();
  last.made = true;
  last.outcome = std::move(result.outcome);
  last.error = std::move(result.error);
  return rc;
}

RunResult refused(std::string why) {
  RunResult result;
  result.outcome.cause = Cause::refused;
  result.outcome.detail = std::move(why);
  return result;
}

}  // namespace kamexec
