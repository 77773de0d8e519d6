// SPDX-License-Identifier: GPL-2.0-or-later
// What was found, in the three forms that docs/tool/check.md describes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tool/check/checked.h"

namespace kamexec::tool::check {

/// For people. Every byte from outside is printable.
[[nodiscard]] std::string text_report(const std::vector<Checked>& all, bool colours);

/// Format "kamexec-check", version 1.
[[nodiscard]] nlohmann::ordered_json json_report(const std::vector<Checked>& all);

/// SARIF 2.1.0 (OASIS), one run. @p version: of the tool.
[[nodiscard]] nlohmann::ordered_json sarif_report(const std::vector<Checked>& all,
                                                  const std::string& version);

/// Indented; bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json);

/// How a prepared command is run: "/bin/sh -c 'TEXT' exec $rU", "/usr/bin/lookup $rU".
[[nodiscard]] std::string run_words(const Assessment& assessment);

/// "user part of the R-URI, in single quotes", "a number": what a use is, without its name.
[[nodiscard]] std::string use_words(const Use& use);

}  // namespace kamexec::tool::check
