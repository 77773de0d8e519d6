// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "tool/commands.h"
#include "tool/report_parts.h"
#include "tool/service/call_inputs.h"
#include "tool/service/service_client.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostListed = 20;  // names of programs

void run(service::Client& client, const CallInputs& inputs, process::RunResult& result) {
  const std::vector<std::string_view> arguments(inputs.arguments.begin(), inputs.arguments.end());
  service::CallRequest request;
  request.call = inputs.call;
  request.program = inputs.program;
  request.arguments = arguments;
  request.uri = inputs.uri;
  request.variables = inputs.variables.packed();
  request.message = inputs.message;
  request.input = inputs.input;
  service::CallLimit limit;
  if (inputs.timeout.count() > 0) {
    limit = {after(Clock::now(), inputs.timeout), false};
  }
  client.run(request, limit, result);
}

/// Why the daemon runs no such program, and which it would.
Error unknown_program(const std::vector<std::string>& known, const process::Outcome& outcome) {
  std::string text = outcome.detail;
  text += known.empty() ? "; it has no program that you may call" : "; you may call";
  for (std::size_t i = 0; i < known.size() && i < kMostListed; ++i) {
    text += (i == 0 ? " @" : ", @") + known[i];
  }
  if (known.size() > kMostListed) {
    text += " and " + std::to_string(known.size() - kMostListed) + " more";
  }
  return {std::move(text), 0};
}

void print(const CallOptions& options, const CallInputs& inputs, const process::RunResult& result) {
  if (options.service.json) {
    const Json report{{"program", inputs.program},
                      {"outcome", outcome_json(result.outcome)},
                      {"stdout", text_json(result.output)},
                      {"stderr", text_json(result.error)}};
    std::fputs((report.dump(2) + "\n").c_str(), stdout);
    return;
  }
  for (const std::string& note : inputs.notes) {
    std::fprintf(stderr, "kamexec call: %s\n", note.c_str());
  }
  // As the program printed them: they may be for a pipe.
  std::fwrite(result.output.data(), 1, result.output.size(), stdout);
  std::fflush(stdout);
  std::fwrite(result.error.data(), 1, result.error.size(), stderr);
  if (result.outcome.cause != process::Cause::ok) {
    std::fprintf(stderr, "kamexec call: %s\n", outcome_text(result.outcome).c_str());
  }
}

int call_command(const CallOptions& options) {
  Result<CallInputs> inputs = read_call_inputs(options);
  if (!inputs) {
    return report_failure(options.service, "call", inputs.error(), kUnusable);
  }
  const Result<std::unique_ptr<service::Client>> client = meet_service(options.service);
  if (!client) {
    return report_failure(options.service, "call", client.error(), kNotPossible);
  }
  const std::vector<std::string> known = (*client)->programs();
  const service::ProgramNotice* const notice = (*client)->notice(inputs->program);
  const bool is_known = notice != nullptr;
  if (inputs->call.empty()) {
    // Nobody gets the output of a stored program, and exec_run is refused.
    inputs->call = is_known && notice->stored ? "cmd" : "run";
  }
  process::RunResult result;
  run(**client, *inputs, result);
  if (!is_known && result.outcome.cause == process::Cause::not_started) {
    return report_failure(options.service, "call", unknown_program(known, result.outcome),
                          kUnusable);
  }
  print(options, *inputs, result);
  return result.outcome.cause == process::Cause::ok ? kFine : kFound;
}

}  // namespace

void add_call_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<CallOptions>();
  CLI::App* command = app.add_subcommand(
      "call", "Calls a program of the daemon kamexecd, as the routing script does");
  command->footer("Write -- before @NAME if an argument begins with a dash.");
  command->add_option("program", options->program, "The program: @NAME")->required();
  command->add_option("arguments", options->arguments, "Its arguments");
  add_socket_option(*command, options->service);
  command
      ->add_option("-c,--call", options->call,
                   "The function: dset, msg, avp, cmd or run [run; cmd of a stored program]")
      ->check(CLI::IsMember({"dset", "msg", "avp", "cmd", "run"}));
  command->add_option("--timeout", options->timeout, "Deadline: 200ms, 2s [the program's own]");
  command->add_option("-m,--message", options->message,
                      "File with a SIP message; - is standard input");
  command->add_option("--uri", options->uri, "The R-URI [the message's]");
  command
      ->add_option("-e,--env", options->environment,
                   "A variable of the request: SIP_NAME=VALUE; repeatable")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--input", options->input, "The program's standard input");
  command->add_flag("--json", options->service.json, "Write one JSON object");
  command->callback([options, &status] { status = call_command(*options); });
}

}  // namespace kamexec::tool
