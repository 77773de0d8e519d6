// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "tool/check/checked.h"
#include "tool/check/report.h"
#include "tool/check/server_view.h"
#include "tool/commands.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> defines;
  std::vector<std::string> fail_on = {"possible", "change"};
  std::string server;
  std::string kamailio;
  bool without_server = false;
  bool json = false;
  bool sarif = false;
};

/// Which Kamailio the configurations are read for, and which is asked.
void choose_server(const Options& options, check::CheckOptions& into) {
  if (!options.without_server) {
    into.server = options.server.empty() ? check::find_server() : options.server;
  }
  const variables::ServerVersion installed = check::server_version(into.server);
  into.server_version = installed;
  const auto wanted = variables::ServerVersion::read(options.kamailio);
  if (wanted) {
    into.reading.version = *wanted;
    into.version_from = check::VersionFrom::option;
    // Of another series it reads otherwise: its opinion is none on what was asked.
    if (options.server.empty() && installed.number() / 1000 != wanted->number() / 1000) {
      into.server.clear();
    }
  } else if (!installed.is_none()) {
    into.reading.version = installed;
    into.version_from = check::VersionFrom::server;
  }
}

/// In CLI11's way: empty where it is fine.
std::string wrong_version(const std::string& text) {
  const auto version = variables::ServerVersion::read(text);
  return version && *version >= variables::kOldestInTable
             ? ""
             : "a version as 5.8 or 5.8.3, from " + variables::kOldestInTable.text_of_first() +
                   " on";
}

int run_check(const Options& options) {
  check::CheckOptions check_options;
  check_options.reading.defines = options.defines;
  choose_server(options, check_options);
  std::vector<check::Checked> all;
  bool unusable = false;
  for (const std::string& file : options.files) {
    Result<check::Checked> checked = check::check_configuration(file, check_options);
    if (checked) {
      unusable = unusable || checked->has_errors();
      all.push_back(std::move(*checked));
    } else {
      std::fprintf(stderr, "kamexec: %s\n", printable(checked.error().message, 1000).c_str());
      unusable = true;
    }
  }
  const std::string report = options.sarif
                                 ? check::json_text(check::sarif_report(all, KAMEXEC_VERSION))
                             : options.json ? check::json_text(check::json_report(all))
                                            : check::text_report(all, colours_wanted());
  if (std::fwrite(report.data(), 1, report.size(), stdout) != report.size() ||
      std::fflush(stdout) != 0) {
    std::fprintf(stderr, "kamexec: cannot write the report\n");
    return kNotPossible;
  }
  return unusable ? kUnusable : check::fails(all, options.fail_on) ? kFound : kFine;
}

}  // namespace

void add_check_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "check",
      "Lists every exec call of Kamailio configurations: what a caller can do with it under the "
      "stock module, how kamexec runs it, and what must be changed by hand");
  const auto options = std::make_shared<Options>();
  command->add_option("files", options->files, "Configuration files; their includes are read too")
      ->required();
  command->add_option("-A,--define", options->defines,
                      "NAME or NAME=VALUE: defines a name, as #!define and the server's -A do");
  command
      ->add_option("--fail-on", options->fail_on,
                   "Findings that make the exit status 1: danger, possible (danger, unseen and "
                   "possible), change (must be changed by hand), never; several may be given "
                   "[possible, change]")
      ->check(CLI::IsMember({"danger", "possible", "change", "never"}));
  command
      ->add_option("--kamailio", options->kamailio,
                   "The Kamailio version that the configurations are for, 5.8 or 5.8.3 [the "
                   "installed one's; without a server, " +
                       variables::kNewestRelease.text() + "]")
      ->check(wrong_version);
  command->add_option("--server", options->server,
                      "The Kamailio whose preprocessor checks the result [kamailio, if installed]");
  command->add_flag("--no-server", options->without_server, "Do not run a server's preprocessor");
  CLI::Option* json = command->add_flag("--json", options->json, "Write the report as JSON");
  command->add_flag("--sarif", options->sarif, "Write the report as SARIF 2.1.0")->excludes(json);
  command->callback([options, &status] { status = run_check(*options); });
}

}  // namespace kamexec::tool
