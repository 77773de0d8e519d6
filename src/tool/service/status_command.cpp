// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "tool/commands.h"
#include "tool/service/service_client.h"
#include "tool/service/status_report.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

int status_command(const ServiceOptions& options) {
  const Result<std::unique_ptr<service::Client>> client = meet_service(options);
  if (!client) {
    return report_failure(options, "status", client.error(), kNotPossible);
  }
  const Result<std::string> answer = ask_service(**client, "status", {});
  if (!answer) {
    return report_failure(options, "status", answer.error(), kUnusable);
  }
  const Result<std::string> text =
      options.json ? status_json(*answer) : status_text(*answer, colours_wanted());
  if (!text) {
    return report_failure(options, "status", text.error(), kUnusable);
  }
  std::fputs(text->c_str(), stdout);
  return kFine;
}

}  // namespace

void add_status_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<ServiceOptions>();
  CLI::App* command =
      app.add_subcommand("status", "Shows what kamexecd runs: its programs, workers and calls");
  add_socket_option(*command, *options);
  command->add_flag("--json", options->json, "Write one JSON object");
  command->callback([options, &status] { status = status_command(*options); });
}

}  // namespace kamexec::tool
