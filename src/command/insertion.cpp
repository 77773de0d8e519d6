// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/insertion.h"

namespace kamexec::command {
namespace {

std::string reference(const Scan& scan, std::size_t variable) {
  const std::string number = std::to_string(variable + 1);
  return scan.uses_positional ? "${_value_" + number + "}" : "${" + number + "}";
}

std::string inserted(const Scan& scan, std::size_t variable) {
  std::string value = reference(scan, variable);
  switch (scan.spots[variable]) {
    case Spot::unquoted:
      return "\"" + value + "\"";
    case Spot::single_quoted:
      return "'\"" + value + "\"'";
    case Spot::double_quoted:
    case Spot::comment:
      break;
  }
  return value;
}

/// `_value_1=${1}; _value_2=${2}; set --; `: assignments are not split (POSIX XCU 2.9.1), so that
/// no quotes are needed. The names are not exported.
std::string bindings(const Scan& scan) {
  std::string text;
  for (std::size_t i = 1; i <= scan.spots.size(); ++i) {
    const std::string number = std::to_string(i);
    text += "_value_" + number + "=${" + number + "}; ";
  }
  return text.empty() ? text : text + "set --; ";
}

}  // namespace

std::string constant_text(const CommandTemplate& parts, const Scan& scan) {
  std::string text = scan.uses_positional ? bindings(scan) : std::string();
  std::size_t variable = 0;
  for (const TemplatePart& part : parts) {
    text += part.is_variable ? inserted(scan, variable++) : part.text;
  }
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    text.insert(text.begin(), ' ');  // sh -c would take it for one more option
  }
  return text;
}

}  // namespace kamexec::command
