// SPDX-License-Identifier: GPL-2.0-or-later
// What the command line of `kamexec try` says.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "output/lines.h"

namespace kamexec::tool {

/// The module's function that is tried; its name without "exec_".
enum class TryCall { dset, msg, avp, cmd, run };

struct TryOptions {
  std::string command;
  TryCall call = TryCall::cmd;

  // The message; none of them: there is none.
  std::string message;     ///< a file, "-" for standard input
  std::string capture;     ///< a capture's file
  std::size_t number = 0;  ///< of the packet in it
  std::string source;      ///< "192.0.2.1:5060", "[2001:db8::1]:5060"

  std::vector<std::string> set;             ///< "$avp(x)=value"
  std::vector<std::string> programs;        ///< definitions, as modparam "program" has them
  std::vector<std::string> programs_files;  ///< as modparam "programs_file" names them
  std::string service;                      ///< kamexecd's socket; empty: none is asked
  std::string input;                        ///< exec_run's, variables in it
  std::string avps;                         ///< exec_avp's list

  // The module's parameters.
  std::string timeout = "none";  ///< "2s"; "none"
  std::string environment = "*";
  bool set_variables = true;
  std::size_t branches = 12;  ///< the server's max_branches
  std::size_t lines_limit = output::kMostLines;

  bool run = true;
  bool json = false;
};

/// "exec_dset".
[[nodiscard]] const char* function_name(TryCall call);
/// "dset", as workers are told.
[[nodiscard]] const char* call_word(TryCall call);

}  // namespace kamexec::tool
