// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "tool/check/source_location.h"

namespace kamexec::tool::check {

/// Something to tell of the reading itself: what is read may be incomplete because of it.
struct Note {
  enum class Severity {
    error,    ///< the server would not take the file, or it can't be read: nothing can be said
    unseen,   ///< something was not read or not evaluated: calls may be missing
    comment,  ///< worth knowing
  };
  Severity severity = Severity::comment;
  SourceLocation location;
  std::string message;
};
using Notes = std::vector<Note>;

}  // namespace kamexec::tool::check
