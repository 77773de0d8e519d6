// SPDX-License-Identifier: GPL-2.0-or-later
// What the command lines of `kamexec status`, `call`, `cache` and `queue` say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kamexec::tool {

/// Where the daemon is, and for whom the answer is.
struct ServiceOptions {
  std::string socket;
  bool json = false;
};

struct CallOptions {
  ServiceOptions service;
  std::string program;  ///< "@name"
  std::vector<std::string> arguments;
  std::string call;  ///< the function, without "exec_"; empty: run, or cmd of a stored program

  std::string timeout;                   ///< "2s"; empty: the program's own
  std::string message;                   ///< a file with a SIP message, "-" for standard input
  std::string uri;                       ///< empty: the message's
  std::vector<std::string> environment;  ///< "SIP_NAME=value"
  std::string input;                     ///< standard input of a program
};

struct CacheFlushOptions {
  ServiceOptions service;
  /// A program, and the arguments of one of its calls; nothing: all programs.
  std::vector<std::string> call;
};

/// Which stored notifications a command of `kamexec queue` is about, and what it asks or writes.
struct QueueOptions {
  ServiceOptions service;
  std::vector<std::string> ids;
  bool all = false;
  std::optional<std::string> program;
  std::optional<std::string> state;
  std::int64_t after = 0;  ///< numbers above it
  std::size_t most = 0;    ///< notifications; 0: no limit
  bool yes = false;        ///< nobody need be asked
  std::string output;      ///< a file; empty: standard output
};

/// Adds --socket to @p command, which lives as long as @p options. Its default is KAMEXEC_SOCKET
/// in the environment, or the packages' socket.
void add_socket_option(CLI::App& command, ServiceOptions& options);

}  // namespace kamexec::tool
