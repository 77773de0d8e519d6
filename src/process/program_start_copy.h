// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "process/program_start.h"

namespace kamexec::process {

/// A ProgramStart with its input, copied: for a program that starts later than it was asked for.
/// One block holds all bytes, so moving keeps every pointer valid. Move-only.
class ProgramStartCopy {
 public:
  ProgramStartCopy(const ProgramStart& start, std::string_view input);

  /// Valid while this object, or what it was moved to, lives.
  [[nodiscard]] ProgramStart view() const { return start_; }
  [[nodiscard]] std::string_view input() const { return input_; }

 private:
  std::unique_ptr<char[]> block_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
  std::unique_ptr<Identity> identity_;
  ProgramStart start_;  ///< points into the members above, whose bytes stay where they are
  std::string_view input_;
};

}  // namespace kamexec::process
