// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/service_client.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "base/printable.h"
#include "tool/report_parts.h"

namespace kamexec::tool {
namespace {

/// As long as a person waits for a daemon that is busy.
constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kLongestMessage = 2000;
constexpr const char* kDefaultSocket = "/run/kamexec/programs.sock";

}  // namespace

Result<std::unique_ptr<service::Client>> meet_service(const ServiceOptions& options) {
  service::ClientOptions of_client;
  of_client.socket = options.socket;
  Result<std::unique_ptr<service::Client>> client = service::Client::create(std::move(of_client));
  if (!client) {
    return client;
  }
  if (const Result<void> met = (*client)->meet(after(Clock::now(), kPatience)); !met) {
    Error error = met.error();
    if (error.system_errno == ENOENT || error.system_errno == ECONNREFUSED) {
      error.message += " (--socket names another socket)";
    }
    return tl::unexpected<Error>(std::move(error));
  }
  return client;
}

Result<std::string> ask_service(service::Client& client, std::string_view verb,
                                const std::vector<std::string>& arguments) {
  const std::vector<std::string_view> views(arguments.begin(), arguments.end());
  process::RunResult result;
  client.control(verb, views, after(Clock::now(), kPatience), result);
  if (result.outcome.cause == process::Cause::ok) {
    return std::move(result.output);
  }
  return failure(result.outcome.detail.empty() ? outcome_text(result.outcome)
                                               : result.outcome.detail);
}

int report_failure(const ServiceOptions& options, std::string_view command, const Error& error,
                   int status) {
  if (options.json) {
    std::fputs(json_error(error).c_str(), stdout);
  } else {
    std::fprintf(stderr, "kamexec %.*s: %s\n", static_cast<int>(command.size()), command.data(),
                 printable(error.message, kLongestMessage).c_str());
  }
  return status;
}

void add_socket_option(CLI::App& command, ServiceOptions& options) {
  options.socket = kDefaultSocket;
  command.add_option("--socket", options.socket, "The daemon's socket")
      ->envname("KAMEXEC_SOCKET")
      ->capture_default_str();
}

}  // namespace kamexec::tool
