// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/environment_risk.h"

#include <algorithm>

#include "command/interpreters.h"
#include "command/scan.h"
#include "command/symbols.h"
#include "command/warnings.h"

namespace kamexec::check {

std::string parsed_environment(const CommandTemplate& parts) {
  const bool uses_environment =
      std::any_of(parts.begin(), parts.end(), [](const TemplatePart& part) {
        return !part.is_variable && (part.text.find("$SIP_") != std::string::npos ||
                                     part.text.find("${SIP_") != std::string::npos);
      });
  if (!uses_environment) {
    return {};
  }
  const auto variables = std::count_if(parts.begin(), parts.end(),
                                       [](const TemplatePart& part) { return part.is_variable; });
  const Scan scanned = scan(symbols_of(parts), static_cast<std::size_t>(variables));
  for (const SimpleCommand& command : scanned.commands) {
    if (command.words.empty()) {
      continue;
    }
    for (const Words words : commands_in(command.words)) {
      const std::string name = words[0].fixed();
      if (parses_arguments(name) || runs_remotely(name) || interpreter(name) != nullptr) {
        return name +
               " stands beside SIP_... of the environment, which a caller fills, and may "
               "parse it once more";
      }
    }
  }
  return {};
}

}  // namespace kamexec::check
