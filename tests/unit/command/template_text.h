// SPDX-License-Identifier: GPL-2.0-or-later
// Command templates as tests write them: each "¤" is a variable, named $v1, $v2 … in order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/prepare.h"

namespace kamexec::command {

inline constexpr std::string_view kVariable = "¤";

[[nodiscard]] CommandTemplate template_of(std::string_view text);
[[nodiscard]] std::size_t variables_in(std::string_view text);
/// @p text with every variable replaced by @p value: what a host that pastes would make.
[[nodiscard]] std::string pasted(std::string_view text, std::string_view value);

/// Options without the search for values that are read as code: for tests of contexts, whose values
/// stand anywhere.
[[nodiscard]] PrepareOptions contexts_only();
[[nodiscard]] Preparation prepared(std::string_view text,
                                   const PrepareOptions& options = contexts_only());
/// The constant text, or "refused: " and the first error.
[[nodiscard]] std::string constant_text(std::string_view text);

/// Findings of one severity, each as "line:column message".
[[nodiscard]] std::vector<std::string> findings(const Preparation& preparation,
                                                Finding::Severity severity);

}  // namespace kamexec::command
