// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/warnings.h"

#include "command/known_programs.h"
#include "command/symbols.h"

namespace kamexec::command {

Warnings::Warnings(const CommandTemplate& parts) : parts_(parts) {
  for (const TemplatePart& part : parts) {
    if (part.is_variable) {
      names_.push_back(part.text);
    }
  }
  told_.resize(names_.size());
}

void Warnings::add(const ScannedWord& word, const std::string& what, const std::string& remedy) {
  for (const WordPart& part : word.parts) {
    if (part.kind == WordPart::Kind::value) {
      add(word, part.value, what, remedy);
    }
  }
  for (const int variable : word.inner) {
    add(word, variable, what, remedy);
  }
}

void Warnings::add(const ScannedWord& word, int variable, const std::string& what,
                   const std::string& remedy) {
  if (is_told(variable) || findings_.size() >= Scan::kMostErrors) {
    return;
  }
  told_[static_cast<std::size_t>(variable)] = true;
  const TextPosition position = position_of(parts_, word.origin);
  Finding finding;
  finding.severity = Finding::Severity::warning;
  finding.line = position.line;
  finding.column = position.column;
  finding.message = std::string(name(variable)) + " " + what;
  finding.remedy = remedy;
  findings_.push_back(std::move(finding));
}

std::vector<Words> commands_in(Words words) {
  constexpr std::size_t kMost = 8;
  std::vector<Words> all = {words};
  const KnownProgram* known = known_program(words[0].fixed());
  if (known != nullptr && known->operands.find_first_of("raxwf") != std::string_view::npos) {
    for (std::size_t i = 1; i < words.size() && all.size() < kMost; ++i) {
      const std::string name = words[i].fixed();
      const KnownProgram* inner = name == "." ? nullptr : known_program(name);
      if (inner != nullptr) {
        all.push_back(words.subspan(i));
        if (inner->operands.find_first_of("raxwf") == std::string_view::npos) {
          break;
        }
      }
    }
  }
  return all;
}

}  // namespace kamexec::command
