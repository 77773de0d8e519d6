// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/run_trial.h"

#include <algorithm>

#include "engine/executor.h"
#include "engine/invocation.h"
#include "output/uri_argument.h"
#include "process/sandbox.h"
#include "program/program_command.h"
#include "tool/try/command_of.h"
#include "tool/try/recording_transport.h"
#include "tool/try/trial_results.h"
#include "tool/variables/variable_values.h"
#include "variables/split_variables.h"

extern "C" char** environ;

namespace kamexec::tool {
namespace {

constexpr std::chrono::seconds kGoodbye{1};  // for a worker to see the end of its input

class TrialRun {
 public:
  TrialRun(const TryOptions& options, const TryInputs& inputs)
      : options_(options),
        inputs_(inputs),
        values_(inputs.message ? &*inputs.message : nullptr, inputs.given) {}

  Result<Trial> go() {
    trial_.call = options_.call;
    trial_.command = options_.command;
    trial_.notes = inputs_.notes;
    command_ = command_of(options_.call, options_.command, inputs_.programs,
                          {inputs_.search_path, options_.input, options_.set_variables});
    trial_.findings = command_.findings;
    if (!command_.prepared) {
      trial_.refused = true;
      return std::move(trial_);
    }
    for (const auto step :
         {&TrialRun::check_message, &TrialRun::take_values, &TrialRun::take_input,
          &TrialRun::take_avp_names, &TrialRun::take_environment, &TrialRun::take_invocation}) {
      if (Result<void> done = (this->*step)(); !done) {
        return tl::unexpected<Error>(std::move(done.error()));
      }
    }
    if (options_.run && !trial_.ran) {
      run();
    }
    return std::move(trial_);
  }

 private:
  Result<void> check_message() {
    const bool needed = options_.call == TryCall::dset || options_.call == TryCall::msg;
    if (inputs_.message) {
      return options_.call == TryCall::dset && inputs_.message->facts().is_reply
                 ? failure("exec_dset sets the R-URI, and a reply has none: use a request")
                 : Result<void>();
    }
    if (needed) {
      return failure(std::string(function_name(options_.call)) +
                     " needs a SIP message: give --message FILE or --capture FILE --number N");
    }
    if (options_.call != TryCall::cmd) {
      trial_.notes.emplace_back("there is no message (--message): no SIP_ variables");
    }
    return {};
  }

  Result<void> take_values() {
    for (const std::string& name : command_.variables) {
      Result<Value> value = values_.value_of(name);
      if (!value) {
        return tl::unexpected<Error>(std::move(value.error()));
      }
      texts_.push_back(value->printed());
      trial_.variables.push_back({name, std::move(*value)});
    }
    if (command_.prepared->takes_appended) {
      texts_.emplace_back(inputs_.message->facts().current_uri);
      if (const Result<void> usable = output::check_uri_argument(texts_.back()); !usable) {
        return end(process::Cause::unusable, usable.error());
      }
    }
    return {};
  }

  /// exec_run's text may hold variables; exec_msg's input is the message.
  Result<void> take_input() {
    if (options_.call == TryCall::msg) {
      trial_.input = inputs_.message->bytes();
    }
    if (options_.call != TryCall::run) {
      return {};
    }
    const auto parts = variables::split_variables(options_.input);
    if (!parts) {
      return failure("--input: " + parts.error().message + "; " + parts.error().remedy);
    }
    for (const command::TemplatePart& part : *parts) {
      const Result<Value> value =
          part.is_variable ? values_.value_of(part.text) : Result<Value>(Value::of(part.text));
      if (!value) {
        return failure("--input: " + value.error().message);
      }
      trial_.input += value->printed();
    }
    return {};
  }

  Result<void> take_avp_names() {
    auto names = read_avp_names(options_.avps);
    if (!names) {
      return tl::unexpected<Error>(std::move(names.error()));
    }
    avps_ = std::move(*names);
    return {};
  }

  Result<void> take_environment() {
    if (options_.call != TryCall::cmd && options_.set_variables && inputs_.message) {
      request::add_request(inputs_.message->facts(), {}, buffers_.variables);
    }
    const request::InheritedEnvironment base =
        command_.program != nullptr
            ? program::base_environment(command_.program->definition, environ)
            : inputs_.inherited;
    request::Envp envp;
    for (char* const* entry = envp.fill(base, buffers_.variables.packed()); *entry != nullptr;
         ++entry) {
      const std::string_view text = *entry;
      const std::size_t equals = std::min(text.find('='), text.size());
      trial_.environment.emplace_back(text.substr(0, equals),
                                      text.substr(std::min(equals + 1, text.size())));
    }
    return {};
  }

  Result<void> take_invocation() {
    const program::Program* program = command_.program;
    trial_.needs_shell = command_.prepared->needs_shell();
    trial_.served = engine::way_of(program) == engine::Way::service;
    trial_.pooled = trial_.served || engine::way_of(program) == engine::Way::pool;
    if (program != nullptr) {
      trial_.program_name = program->definition.name;
      program_ = *program;
      const auto& sandbox = program->place.sandbox;
      trial_.permissions = program::permissions(
          program->definition, sandbox != nullptr ? sandbox->rule() : program->definition.sandbox);
      program_.definition.pool.start = 1;  // the one whose conversation is shown
    }
    const std::vector<std::string_view> values(texts_.begin(), texts_.end());
    process::RunOptions limits;
    limits.timeout = inputs_.timeout;
    Result<engine::Invocation> made =
        engine::make_invocation({.command = *command_.prepared,
                                 .program = program != nullptr ? &program_ : nullptr,
                                 .values = values,
                                 .search_path = inputs_.search_path,
                                 .limits = limits,
                                 .requested = Clock::now()},
                                buffers_);
    if (!made) {
      return end(process::Cause::refused, made.error());
    }
    invocation_ = *made;
    invocation_.input = trial_.input;
    invocation_.capture_output = options_.call != TryCall::cmd && options_.call != TryCall::msg;
    invocation_.call = call_word(options_.call);
    if (inputs_.message) {
      invocation_.uri = inputs_.message->facts().current_uri;
    }
    invocation_.message = inputs_.message && options_.call != TryCall::run
                              ? std::string_view(inputs_.message->bytes())
                              : std::string_view(trial_.input);
    if (options_.call == TryCall::run && !invocation_.capture_error) {
      trial_.notes.emplace_back(
          "a job in the background may outlive the call: its standard error is this terminal's, as "
          "it is the server's for exec_run without errvar");
    }
    trial_.program = invocation_.path;
    for (char* const* word = invocation_.argv; *word != nullptr; ++word) {
      trial_.argv.emplace_back(*word);
    }
    return {};
  }

  /// What can't be passed to a program is the call's outcome, as in the server.
  Result<void> end(process::Cause cause, const Error& error) {
    trial_.ran = true;
    trial_.result.outcome.cause = cause;
    trial_.result.outcome.detail = error.message;
    return {};
  }

  void run() {
    const auto exchange = std::make_shared<Exchange>();
    engine::ExecutorOptions options;
    options.environment = inputs_.inherited;
    options.service_socket = options_.service;
    options.wrap_transport = [exchange](std::unique_ptr<pool::WorkerTransport> inner) {
      return recording(std::move(inner), exchange);
    };
    engine::Executor executor(std::move(options));
    executor.run(invocation_, trial_.result);
    executor.stop_until(after(Clock::now(), kGoodbye));
    trial_.exchange = exchange->lines();
    trial_.ran = true;
    trial_.error_captured = invocation_.capture_error;
    apply_results(options_, avps_, trial_);
  }

  const TryOptions& options_;
  const TryInputs& inputs_;
  VariableValues values_;
  TriedCommand command_;
  Trial trial_;
  std::vector<std::string> texts_;
  std::vector<std::string> avps_;
  engine::InvocationBuffers buffers_;
  program::Program program_;  ///< of a call by name, as it is run here
  engine::Invocation invocation_;
};

}  // namespace

Result<Trial> run_trial(const TryOptions& options, const TryInputs& inputs) {
  return TrialRun(options, inputs).go();
}

}  // namespace kamexec::tool
