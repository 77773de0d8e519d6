// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "output/lines.h"
#include "program/units.h"
#include "tool/commands.h"
#include "tool/service/service_client.h"

namespace kamexec::tool {
namespace {

int flush_command(const CacheFlushOptions& options) {
  std::vector<std::string> call = options.call;
  if (!call.empty() && call.front().starts_with('@')) {
    call.front().erase(0, 1);
  }
  const Result<std::unique_ptr<service::Client>> client = meet_service(options.service);
  if (!client) {
    return report_failure(options.service, "cache", client.error(), kNotPossible);
  }
  const Result<std::string> answer = ask_service(**client, "flush", call);
  if (!answer) {
    return report_failure(options.service, "cache", answer.error(), kUnusable);
  }
  const std::optional<std::uint64_t> dropped = program::read_count(
      output::right_trimmed(std::string_view(*answer).substr(0, answer->find('\n'))));
  if (!dropped) {
    return report_failure(options.service, "cache", {"the daemon's answer is not a number", 0},
                          kUnusable);
  }
  if (options.service.json) {
    std::fputs((nlohmann::ordered_json{{"dropped", *dropped}}.dump(2) + "\n").c_str(), stdout);
  } else {
    std::printf("%llu %s dropped\n", static_cast<unsigned long long>(*dropped),
                *dropped == 1 ? "answer" : "answers");
  }
  return kFine;
}

}  // namespace

void add_cache_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("cache", "The answers that kamexecd keeps");
  command->require_subcommand(1);
  const auto options = std::make_shared<CacheFlushOptions>();
  CLI::App* flush =
      command->add_subcommand("flush", "Drops kept answers: all, a program's, or one call's");
  flush->footer("Write -- before the program if an argument begins with a dash.");
  flush->add_option("call", options->call,
                    "The program and the arguments of one call [all programs]");
  add_socket_option(*flush, options->service);
  flush->add_flag("--json", options->service.json, "Write one JSON object");
  flush->callback([options, &status] { status = flush_command(*options); });
}

}  // namespace kamexec::tool
