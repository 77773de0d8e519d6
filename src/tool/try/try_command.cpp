// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "base/printable.h"
#include "tool/commands.h"
#include "tool/report_parts.h"
#include "tool/terminal.h"
#include "tool/try/read_inputs.h"
#include "tool/try/report.h"
#include "tool/try/run_trial.h"
#include "tool/try/try_options.h"

namespace kamexec::tool {
namespace {

int unusable(const TryOptions& options, const Error& error) {
  if (options.json) {
    std::fputs(json_error(error).c_str(), stdout);
  } else {
    std::fprintf(stderr, "kamexec try: %s\n", printable(error.message, 2000).c_str());
  }
  return kUnusable;
}

int try_command(const TryOptions& options) {
  const Result<TryInputs> inputs = read_inputs(options);
  if (!inputs) {
    return unusable(options, inputs.error());
  }
  const Result<Trial> trial = run_trial(options, *inputs);
  if (!trial) {
    return unusable(options, trial.error());
  }
  std::fputs((options.json ? json_report(*trial) : text_report(*trial, colours_wanted())).c_str(),
             stdout);
  if (trial->refused) {
    return kUnusable;
  }
  return trial->ran && trial->result.outcome.cause != process::Cause::ok ? kFound : kFine;
}

const std::map<std::string, TryCall> kCalls{{"dset", TryCall::dset},
                                            {"msg", TryCall::msg},
                                            {"avp", TryCall::avp},
                                            {"cmd", TryCall::cmd},
                                            {"run", TryCall::run}};

void add_message_options(CLI::App& command, TryOptions& options) {
  auto* message = command.add_option("-m,--message", options.message,
                                     "File with the SIP message; - is standard input");
  auto* capture = command.add_option("--capture", options.capture,
                                     "Capture file (pcap, pcapng) with the message");
  auto* number =
      command.add_option("--number", options.number, "The packet of the capture, counted from 1");
  capture->needs(number);
  number->needs(capture);
  message->excludes(capture);
  command.add_option("--source", options.source,
                     "The sender of the message, 192.0.2.1:5060: $si and $sp");
}

void add_parameter_options(CLI::App& command, TryOptions& options) {
  command.add_option("--timeout", options.timeout, "Deadline: 200ms, 2s, none")
      ->capture_default_str();
  command
      .add_option("--environment", options.environment,
                  "Inherited variables: * or names, as the module's parameter environment")
      ->capture_default_str();
  command
      .add_option_function<std::string>(
          "--setvars",
          [&options](const std::string& text) { options.set_variables = text != "no"; },
          "Whether the program gets SIP_ variables")
      ->check(CLI::IsMember({"yes", "no"}))
      ->default_str("yes");
  command.add_option("--branches", options.branches, "The server's max_branches")
      ->check(CLI::Range(1, 31))
      ->capture_default_str();
  command
      .add_option("--lines-limit", options.lines_limit,
                  "The most lines of output, as the module's parameter lines_limit")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

}  // namespace

const char* call_word(TryCall call) {
  switch (call) {
    case TryCall::dset:
      return "dset";
    case TryCall::msg:
      return "msg";
    case TryCall::avp:
      return "avp";
    case TryCall::cmd:
      return "cmd";
    case TryCall::run:
      break;
  }
  return "run";
}

const char* function_name(TryCall call) {
  switch (call) {
    case TryCall::dset:
      return "exec_dset";
    case TryCall::msg:
      return "exec_msg";
    case TryCall::avp:
      return "exec_avp";
    case TryCall::cmd:
      return "exec_cmd";
    case TryCall::run:
      break;
  }
  return "exec_run";
}

void add_try_command(CLI::App& app, int& status) {
  auto options = std::make_shared<TryOptions>();
  CLI::App* command = app.add_subcommand(
      "try",
      "Shows how a command runs for a SIP message, runs it, and shows what the server would do "
      "with its output");
  command->add_option("command", options->command, "The command's text, as in the routing script")
      ->required();
  command->add_option("-c,--call", options->call, "The function: dset, msg, avp, cmd or run")
      ->transform(CLI::CheckedTransformer(kCalls, CLI::ignore_case).description(""))
      ->option_text("NAME [cmd]");
  add_message_options(*command, *options);
  command->add_option("-s,--set", options->set, "Set a variable: '$avp(x)=text'; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("-p,--program", options->programs,
                   "A program's definition, as the module's parameter program; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--programs-file", options->programs_files,
                   "File or directory with definitions of programs, as the module's parameter "
                   "programs_file; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--service", options->service,
                      "Socket of kamexecd, which runs what is not defined here, as the module's "
                      "parameter service");
  command->add_option("--avps", options->avps, "The list of exec_avp: '$avp(a); $avp(b)'");
  command->add_option("--input", options->input, "The standard input of exec_run");
  add_parameter_options(*command, *options);
  command->add_flag_callback(
      "-n,--no-run", [options] { options->run = false; }, "Show the command, do not run it");
  command->add_flag("--json", options->json, "Write one JSON object");
  command->callback([options, &status] { status = try_command(*options); });
}

}  // namespace kamexec::tool
