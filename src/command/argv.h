// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "command/prepared_command.h"

namespace kamexec::command {

/// The argument vector of one run; owns its bytes. Reusable: filling it again keeps its memory.
/// Not thread-safe.
class Argv {
 public:
  /// What execve's first argument must be ("/bin/sh" where a shell runs the text).
  [[nodiscard]] const char* program() const { return program_.c_str(); }
  /// NULL-terminated, valid until the next fill or the end of this object.
  [[nodiscard]] char* const* data() const { return pointers_.data(); }
  [[nodiscard]] std::size_t size() const { return pointers_.empty() ? 0 : pointers_.size() - 1; }

  /// Fills in the argv of @p command with @p values (exactly command.value_count of them).
  /// Errors, which leave the vector empty: a wrong number of values, a value with a NUL byte, one
  /// argument or all of them beyond the kernel's limits (execve(2): MAX_ARG_STRLEN).
  [[nodiscard]] Result<void> fill(const PreparedCommand& command,
                                  std::span<const std::string_view> values);

 private:
  std::string program_;
  std::string bytes_;
  std::vector<std::size_t> offsets_;
  std::vector<char*> pointers_;
};

/// The longest single argument that Linux takes, its NUL included: 32 pages (binfmts.h).
[[nodiscard]] std::size_t longest_argument();

/// The absolute path of @p name in the colon-separated @p search_path; @p name itself where it
/// holds a slash and can be executed; empty where nothing executable is found.
[[nodiscard]] std::string find_program(std::string_view name, std::string_view search_path);

}  // namespace kamexec::command
