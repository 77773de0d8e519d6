// SPDX-License-Identifier: GPL-2.0-or-later
// kamexec: commands of a routing script without a server, and the daemon that owns programs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tool/commands.h"

int main(int argc, char** argv) {
  try {
    CLI::App app(
        "Runs, checks and measures the commands of Kamailio routing scripts without a server, and "
        "calls and shows the programs of the daemon kamexecd.");
    app.set_version_flag("--version", KAMEXEC_VERSION);
    app.require_subcommand(1);
    int status = kamexec::tool::kFine;
    kamexec::tool::add_check_command(app, status);
    kamexec::tool::add_try_command(app, status);
    kamexec::tool::add_bench_command(app, status);
    kamexec::tool::add_call_command(app, status);
    kamexec::tool::add_status_command(app, status);
    kamexec::tool::add_cache_command(app, status);
    kamexec::tool::add_queue_command(app, status);
    kamexec::tool::add_completions_command(app, status);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return app.exit(e) == 0 ? kamexec::tool::kFine : kamexec::tool::kUnusable;
    }
    return status;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kamexec: %s\n", e.what());
    return kamexec::tool::kNotPossible;
  }
}
