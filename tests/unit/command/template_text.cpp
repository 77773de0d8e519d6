// SPDX-License-Identifier: GPL-2.0-or-later
#include "template_text.h"

#include <algorithm>

namespace kamexec::command {

CommandTemplate template_of(std::string_view text) {
  CommandTemplate parts;
  int variables = 0;
  while (!text.empty()) {
    const std::size_t next = std::min(text.find(kVariable), text.size());
    if (next > 0) {
      parts.push_back({false, std::string(text.substr(0, next))});
      text.remove_prefix(next);
    } else {
      parts.push_back({true, "$v" + std::to_string(++variables)});
      text.remove_prefix(kVariable.size());
    }
  }
  return parts;
}

std::size_t variables_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(kVariable); at != text.npos;
       at = text.find(kVariable, at + kVariable.size())) {
    ++count;
  }
  return count;
}

std::string pasted(std::string_view text, std::string_view value) {
  std::string result;
  for (const TemplatePart& part : template_of(text)) {
    result += part.is_variable ? value : std::string_view(part.text);
  }
  return result;
}

PrepareOptions contexts_only() {
  PrepareOptions options;
  options.interpreted = InterpretedValues::ignore;
  return options;
}

Preparation prepared(std::string_view text, const PrepareOptions& options) {
  return prepare(template_of(text), options);
}

std::string constant_text(std::string_view text) {
  const Preparation preparation = prepared(text);
  if (preparation.command) {
    return preparation.command->shell_text;
  }
  return "refused: " + findings(preparation, Finding::Severity::error).front();
}

std::vector<std::string> findings(const Preparation& preparation, Finding::Severity severity) {
  std::vector<std::string> found;
  for (const Finding& finding : preparation.findings) {
    if (finding.severity == severity) {
      found.push_back(std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " +
                      finding.message);
    }
  }
  return found;
}

}  // namespace kamexec::command
