// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "command/scan.h"

namespace kamexec::command {

/// A word that a shell's own command computes with, or takes for a variable's name.
struct Evaluation {
  const ScannedWord* word = nullptr;
  std::string by;    ///< "let", "-eq"
  std::string what;  ///< "it …"
  std::string remedy;
};

/// Where a shell's own commands compute with a word, or take it for the name of a variable, they
/// run commands that it holds, a[$(command)], however it is quoted. One for each word,
/// Scan::kMostErrors at most. @p is_callers: whether a word holds something of a caller's; its
/// second argument: the shell computes with the word, so that names in it stand for what they hold.
[[nodiscard]] std::vector<Evaluation> find_evaluations(
    const Scan& scan, const std::function<bool(const ScannedWord&, bool computes)>& is_callers);

/// NAME[…]=…: an element of an array, whose index is computed.
[[nodiscard]] bool assigns_element(const ScannedWord& word);

}  // namespace kamexec::command
