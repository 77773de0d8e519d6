// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "process/program_start.h"

namespace kamexec {

/// A ProgramStart with its input, copied: for a program that starts later than it was asked for.
/// One block holds all bytes, so moving keeps every pointer valid. Move-only.
class ProgramStartCopy {
 public:
  ProgramStartCopy(const ProgramStart& start, std::string_view input);

  /// Valid while this object, or what it was moved to, lives.
  [[nodiscard]] ProgramStart view() const;
  [[nodiscard]] std::string_view input() const { return input_; }

 private:
  std::unique_ptr<char[]> block_;
  std::vector<char*> argv_;         // empty: none was given
  std::vector<char*> environment_;  // as argv_
  const char* program_ = nullptr;
  const char* working_directory_ = nullptr;
  std::unique_ptr<Identity> identity_;
  ResourceLimits limits_;
  std::string_view input_;
};

}  // namespace kamexec
