// SPDX-License-Identifier: GPL-2.0-or-later
// One configuration, read and judged; what the reports are made of.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "tool/check/assessment.h"
#include "tool/check/check_options.h"
#include "tool/check/configuration.h"

namespace kamexec::tool::check {

struct Checked {
  Configuration configuration;
  VersionFrom version_from = VersionFrom::newest;
  std::vector<Assessment> calls;
  /// The server's own preprocessor gave the same calls.
  bool is_verified = false;

  /// Something was not read, so that calls may be missing.
  [[nodiscard]] bool is_incomplete() const;
  /// The server would not take it, or a file of it can't be read.
  [[nodiscard]] bool has_errors() const;
};

/// Reads @p path with its includes and scripts and judges each call. The error: it can't be read.
[[nodiscard]] Result<Checked> check_configuration(const std::string& path,
                                                  const CheckOptions& options);

struct Counts {
  std::size_t calls = 0;
  std::map<Level, std::size_t> by_level;
  std::size_t to_change = 0;
};
[[nodiscard]] Counts count(const std::vector<Checked>& all);

/// Whether one of @p what is found: "danger", "possible" (danger, unseen and possible; also where
/// something was not read), "change", "never" (which is nothing).
[[nodiscard]] bool fails(const std::vector<Checked>& all, const std::vector<std::string>& what);

}  // namespace kamexec::tool::check
