// SPDX-License-Identifier: GPL-2.0-or-later
// kamexecd: owns programs and serves them to the processes of Kamailio. The command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/nats_servers.h"

namespace {

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

int check(const std::vector<std::string>& paths, const std::vector<std::string>& nats_servers) {
  // Whoever checks need not have the rights that the daemon will have.
  const kamexec::daemon::Configuration loaded =
      kamexec::daemon::load_configuration(paths, kamexec::daemon::Rights::not_asked, nats_servers);
  for (const std::string& mistake : loaded.mistakes) {
    std::fprintf(stderr, "%s\n", mistake.c_str());
  }
  for (const std::string& warning : loaded.warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  return loaded.mistakes.empty() ? kFine : kFailed;
}

int serve(kamexec::daemon::DaemonOptions options) {
  kamexec::daemon::prepare_process();
  kamexec::daemon::Daemon daemon(std::move(options));
  if (const kamexec::Result<void> started = daemon.start(); !started) {
    kamexec::daemon::log_line(kamexec::daemon::LogLevel::error, started.error().message);
    return kFailed;
  }
  daemon.run();
  return kFine;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Owns programs and serves them to the processes of Kamailio on this machine.");
    kamexec::daemon::DaemonOptions options;
    options.socket = "/run/kamexec/programs.sock";
    options.state = "/var/lib/kamexec";
    options.version = KAMEXEC_VERSION;
    std::vector<std::string> checked;
    app.add_option(
           "--config", options.config,
           "A file of programs, or a directory with programs.conf and programs.d/*.conf; may "
           "be given several times. Default: /etc/kamexec")
        ->type_name("PATH");
    app.add_option("--socket", options.socket, "Where clients connect")
        ->type_name("PATH")
        ->take_last()
        ->capture_default_str();
    app.add_option("--state", options.state, "The directory for what is kept")
        ->type_name("DIR")
        ->take_last()
        ->capture_default_str();
    std::string nats_servers;
    CLI::Option* const nats_option =
        app.add_option("--nats", nats_servers,
                       "NATS servers, instead of those that the files name in [nats]")
            ->type_name("URL,...")
            ->take_last();
    CLI::Option* const check_option =
        app.add_option("--check", checked,
                       "Only tells what is wrong with these files or directories")
            ->type_name("FILE");
    app.add_flag(
        "--replace", options.replace,
        "Takes the socket over from the daemon that has it, which finishes what it has and "
        "ends");
    app.set_version_flag("--version", KAMEXEC_VERSION);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return app.exit(e) == 0 ? kFine : kUsage;
    }
    if (options.config.empty()) {
      options.config.emplace_back("/etc/kamexec");
    }
    if (nats_option->count() > 0) {
      auto servers = kamexec::daemon::read_nats_servers(nats_servers);
      if (!servers) {
        std::fprintf(stderr, "--nats: %s\n", servers.error().message.c_str());
        return kUsage;
      }
      options.nats_servers = std::move(*servers);
    }
    return check_option->count() > 0 ? check(checked, options.nats_servers)
                                     : serve(std::move(options));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kamexecd: %s\n", e.what());
    return kFailed;
  }
}
