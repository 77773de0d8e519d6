// SPDX-License-Identifier: GPL-2.0-or-later
// Runs constant texts in the shells that are on this machine.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command/prepared_command.h"

namespace kamexec::command {

struct Shell {
  std::string name;                ///< as in a test's name
  std::vector<std::string> words;  ///< the program's path, and what comes before -c
  bool is_common = true;           ///< one that is /bin/sh somewhere
};

/// As GoogleTest names it.
// NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const Shell& shell, std::ostream* out);

/// Those of the shells that are installed.
[[nodiscard]] std::vector<Shell> shells(bool common);

struct ShellResult {
  bool ended = false;  ///< within its time, by itself
  int status = -1;
  std::string output;
  std::string error;
};

/// A directory of its own that is empty at first and removed at the end, and commands run there.
class ShellRun {
 public:
  explicit ShellRun(Shell shell);
  ShellRun(const ShellRun&) = delete;
  ShellRun& operator=(const ShellRun&) = delete;
  ~ShellRun();

  /// As Argv fills it, with this shell instead of /bin/sh.
  [[nodiscard]] ShellResult prepared(const PreparedCommand& command,
                                     std::span<const std::string_view> values) const;
  /// `SHELL -c text`.
  [[nodiscard]] ShellResult text(const std::string& text) const;
  /// Nothing has put a file into the directory.
  [[nodiscard]] bool left_nothing() const;

 private:
  [[nodiscard]] ShellResult run(const std::vector<char*>& argv) const;

  Shell shell_;
  std::filesystem::path directory_;
};

/// What `show` prints for @p arguments.
[[nodiscard]] std::string shown(const std::vector<std::string>& arguments);

}  // namespace kamexec::command
