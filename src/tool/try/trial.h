// SPDX-License-Identifier: GPL-2.0-or-later
// All that is told of one call that was tried: plain data, which the reports show.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command/prepare.h"
#include "process/run.h"
#include "program/permissions.h"
#include "tool/try/try_options.h"
#include "tool/variables/value.h"

namespace kamexec::tool {

struct TriedVariable {
  std::string name;
  Value value;
};

struct TriedUri {
  std::string uri;
  int q = -1;  ///< thousandths, -1: none
};

/// A line of a worker's conversation, without its LF.
struct ExchangedLine {
  enum class From { server, worker };
  From from = From::server;
  std::string text;
};

struct Trial {
  TryCall call = TryCall::cmd;
  std::string command;
  std::vector<std::string> notes;  ///< what was done to the input, what differs from the server
  std::vector<command::Finding> findings;
  bool refused = false;  ///< a finding is an error, or the shell's parser refused: nothing below

  bool needs_shell = false;
  std::string program_name;  ///< of a call by name
  bool pooled = false;       ///< argv is what a worker is asked; environment, if it wants one
  bool served = false;       ///< … or kamexecd
  std::vector<program::Permission> permissions;  ///< of the program of a call by name
  std::vector<TriedVariable> variables;
  std::string program;  ///< for execve
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string input;

  bool ran = false;
  bool error_captured = true;  ///< a job in the background may write to standard error for long
  process::RunResult result;
  std::vector<ExchangedLine> exchange;

  // What the server would have done with the output.
  std::vector<TriedUri> uris;                                 ///< the R-URI, then the branches
  std::vector<std::pair<std::string, std::string>> assigned;  ///< "$avp(a)", value
  std::vector<std::string> left_out;                          ///< of the output, and why
};

}  // namespace kamexec::tool
