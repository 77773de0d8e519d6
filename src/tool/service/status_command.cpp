// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string_view>

#include "tool/commands.h"
#include "tool/service/fleet_report.h"
#include "tool/service/service_client.h"
#include "tool/service/status_report.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

struct StatusOptions {
  ServiceOptions service;
  bool fleet = false;
};

Result<std::string> report_of(std::string_view answer, const StatusOptions& options) {
  if (options.fleet) {
    return options.service.json ? fleet_json(answer) : fleet_text(answer, colours_wanted());
  }
  return options.service.json ? status_json(answer) : status_text(answer, colours_wanted());
}

int status_command(const StatusOptions& given) {
  const ServiceOptions& options = given.service;
  const Result<std::unique_ptr<service::Client>> client = meet_service(options);
  if (!client) {
    return report_failure(options, "status", client.error(), kNotPossible);
  }
  const Result<std::string> answer = ask_service(**client, given.fleet ? "fleet" : "status", {});
  if (!answer) {
    return report_failure(options, "status", answer.error(), kUnusable);
  }
  const Result<std::string> text = report_of(*answer, given);
  if (!text) {
    return report_failure(options, "status", text.error(), kUnusable);
  }
  std::fputs(text->c_str(), stdout);
  return kFine;
}

}  // namespace

void add_status_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* command =
      app.add_subcommand("status", "Shows what kamexecd runs: its programs, workers and calls");
  add_socket_option(*command, options->service);
  command->add_flag("--fleet", options->fleet,
                    "Show the daemons on all hosts that offer programs over NATS");
  command->add_flag("--json", options->service.json, "Write one JSON object");
  command->callback([options, &status] { status = status_command(*options); });
}

}  // namespace kamexec::tool
