// SPDX-License-Identifier: GPL-2.0-or-later
// One way of doing what a call does, to be measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace kamexec::tool {

struct Subject {
  std::string name;  ///< a word, for programs that read the report
  std::string what;  ///< for people
  /// Makes one call. Not to be called by several threads. An error ends the measurement.
  std::function<Result<void>()> call;
};

/// What is measured together. The first subject is ours, the one that the others are compared with.
struct Contest {
  std::string title;
  std::vector<Subject> subjects;
  std::vector<std::string> notes;
};

}  // namespace kamexec::tool
