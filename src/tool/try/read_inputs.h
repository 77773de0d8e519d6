// SPDX-License-Identifier: GPL-2.0-or-later
// The files and values that a command line names.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "program/programs.h"
#include "request/inherited_environment.h"
#include "tool/sip/sip_message.h"
#include "tool/try/try_options.h"
#include "tool/variables/given_values.h"

namespace kamexec::tool {

struct TryInputs {
  std::optional<SipMessage> message;
  std::vector<std::string> notes;
  GivenValues given;
  program::Programs programs;
  std::chrono::milliseconds timeout{0};
  request::InheritedEnvironment inherited;
  std::string search_path;
};

/// Reads all; the first that can't be used is the error, with its option.
[[nodiscard]] Result<TryInputs> read_inputs(const TryOptions& options);

}  // namespace kamexec::tool
