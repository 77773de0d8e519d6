// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command/finding.h"
#include "command/scan.h"

namespace kamexec::command {

using Words = std::span<const ScannedWord>;

/// Collects warnings: one for a value, the first that is told, and Scan::kMostErrors at most.
class Warnings {
 public:
  explicit Warnings(const CommandTemplate& parts);

  /// Of every value in @p word and in its substitutions.
  void add(const ScannedWord& word, const std::string& what, const std::string& remedy);
  /// Of @p variable; the place is that of @p word. "NAME what; remedy".
  void add(const ScannedWord& word, int variable, const std::string& what,
           const std::string& remedy);
  /// Another finding has told of it; -1: of none.
  void tell(int variable) {
    if (variable >= 0) {
      told_[static_cast<std::size_t>(variable)] = true;
    }
  }
  [[nodiscard]] bool is_told(int variable) const {
    return told_[static_cast<std::size_t>(variable)];
  }
  [[nodiscard]] std::string_view name(int variable) const {
    return names_[static_cast<std::size_t>(variable)];
  }
  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  const CommandTemplate& parts_;
  std::vector<Finding> findings_;
  std::vector<std::string_view> names_;  ///< by variable, in parts_
  std::vector<bool> told_;               ///< by variable
};

/// The words from each place where a command could begin: at the first word and, behind sudo, env
/// and the like, at the first names of programs known to parse something. @p words: not empty.
[[nodiscard]] std::vector<Words> commands_in(Words words);

}  // namespace kamexec::command
