// SPDX-License-Identifier: GPL-2.0-or-later
// The files and values that a command line of `kamexec call` names.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "request/request_variables.h"
#include "tool/service/service_options.h"

namespace kamexec::tool {

/// One call of a program of the daemon, in values of its own.
struct CallInputs {
  std::string program;  ///< without "@"
  std::vector<std::string> arguments;
  std::string call;                      ///< empty: whichever the program is called by
  std::chrono::milliseconds timeout{0};  ///< 0: the program's own
  std::string uri;
  request::RequestVariables variables;
  std::string message;
  std::string input;
  std::vector<std::string> notes;  ///< what was done to the message
};

/// Reads all; the first that can't be used is the error, with its option. A message gives the URI
/// and the SIP_ variables; --uri and --env win over it.
[[nodiscard]] Result<CallInputs> read_call_inputs(const CallOptions& options);

}  // namespace kamexec::tool
