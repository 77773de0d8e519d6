// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "tool/check/checked.h"
#include "tool/check/configuration.h"

namespace kamexec::tool::check {

/// A directory of its own that goes away with everything in it.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// Writes the file, and gives its path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The configuration that a text is, called "test.cfg".
[[nodiscard]] Configuration read(const std::string& text, std::vector<std::string> defines = {});
/// The same, for that Kamailio: "5.8".
[[nodiscard]] Configuration read_for(const char* version, const std::string& text);
/// The same of statements in a request route.
[[nodiscard]] Configuration read_route(const std::string& statements);
/// The texts of the calls' first arguments, in order.
[[nodiscard]] std::vector<std::string> commands(const Configuration& configuration);
/// The messages of the notes of that severity.
[[nodiscard]] std::vector<std::string> messages(const Configuration& configuration,
                                                Note::Severity severity);
/// The one call in those statements, judged.
[[nodiscard]] Assessment assess_one(const std::string& statements);

}  // namespace kamexec::tool::check
