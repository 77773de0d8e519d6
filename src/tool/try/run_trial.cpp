// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/run_trial.h"

#include <algorithm>

#include "engine/run_command.h"
#include "output/uri_argument.h"
#include "program/program_command.h"
#include "program/program_environment.h"
#include "tool/try/command_of.h"
#include "tool/try/trial_results.h"
#include "tool/try/try_worker.h"
#include "tool/variables/variable_values.h"
#include "variables/split_variables.h"

extern "C" char** environ;

namespace kamexec {
namespace {

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
          &TrialRun::take_avp_names, &TrialRun::take_environment, &TrialRun::make_start}) {
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
      if (const Result<void> usable = check_uri_argument(texts_.back()); !usable) {
        return end(Cause::unusable, usable.error());
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
    const auto parts = split_variables(options_.input);
    if (!parts) {
      return failure("--input: " + parts.error().message + "; " + parts.error().remedy);
    }
    for (const TemplatePart& part : *parts) {
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
    Environment& environment = buffers_.environment;
    if (command_.program != nullptr) {
      inherited_ = inherited_by(command_.program->definition, environ);
      add_environment(command_.program->definition, inherited_, environment);
    } else {
      environment.inherit(inputs_.inherited);
    }
    if (options_.call != TryCall::cmd && options_.set_variables && inputs_.message) {
      add_request(inputs_.message->facts(), {}, environment);
    }
    for (char* const* entry = environment.envp(); *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const std::size_t equals = std::min(text.find('='), text.size());
      trial_.environment.emplace_back(text.substr(0, equals),
                                      text.substr(std::min(equals + 1, text.size())));
    }
    return {};
  }

  Result<void> make_start() {
    const std::vector<std::string_view> values(texts_.begin(), texts_.end());
    trial_.needs_shell = command_.prepared->needs_shell();
    const Program* program = command_.program;
    if (program != nullptr) {
      trial_.program_name = program->definition.name;
    }
    trial_.pooled = program != nullptr && program->definition.via == Via::pool;
    if (trial_.pooled) {
      if (const Result<void> filled = buffers_.argv.fill(*command_.prepared, values); !filled) {
        return end(Cause::refused, filled.error());
      }
      trial_.program = program->place.path;
    } else {
      Result<ProgramStart> start =
          start_of(*command_.prepared, values, inputs_.search_path, buffers_);
      if (!start) {
        return end(Cause::refused, start.error());
      }
      start_ = *start;
      trial_.program = program == nullptr ? start_.program : program->place.path;
    }
    for (char* const* word = buffers_.argv.data(); *word != nullptr; ++word) {
      trial_.argv.emplace_back(*word);
    }
    return {};
  }

  /// What can't be passed to a program is the call's outcome, as in the server.
  Result<void> end(Cause cause, const Error& error) {
    trial_.ran = true;
    trial_.result.outcome.cause = cause;
    trial_.result.outcome.detail = error.message;
    return {};
  }

  [[nodiscard]] RunOptions run_options_here() const {
    RunOptions options;
    options.timeout = inputs_.timeout;
    if (command_.program != nullptr) {
      options = run_options(command_.program->definition);
    } else {
      options.capture_error =
          options_.call == TryCall::run || !command_.prepared->has_background_job;
    }
    options.capture_output = options_.call != TryCall::cmd && options_.call != TryCall::msg;
    options.input = trial_.input;
    return options;
  }

  void run() {
    const Program* program = command_.program;
    if (program != nullptr) {
      ResolvedProgram place = program->place;
      if (const Result<void> may = check_permission(program->definition, place); !may) {
        static_cast<void>(end(Cause::refused, may.error()));
        return;
      }
      if (program->definition.via == Via::pool) {
        ask_worker(*program, inputs_, buffers_, trial_);
        apply_results(options_, avps_, trial_);
        return;
      }
      ProgramStart start = start_of(program->definition, place);
      start.program = place.path.c_str();
      start.argv = start_.argv;
      start.environment = start_.environment;
      trial_.result = kamexec::run(start, run_options_here());
    } else {
      trial_.result = kamexec::run(start_, run_options_here());
    }
    trial_.ran = true;
    apply_results(options_, avps_, trial_);
  }

  const TryOptions& options_;
  const TryInputs& inputs_;
  VariableValues values_;
  TriedCommand command_;
  Trial trial_;
  std::vector<std::string> texts_;
  std::vector<std::string> avps_;
  CallBuffers buffers_;
  InheritedEnvironment inherited_;
  ProgramStart start_;
};

}  // namespace

Result<Trial> run_trial(const TryOptions& options, const TryInputs& inputs) {
  return TrialRun(options, inputs).go();
}

}  // namespace kamexec
