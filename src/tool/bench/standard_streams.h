// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.h"

namespace kamexec::tool {

/// While this lives, standard input is empty and what is written to standard error is dropped: a
/// command that is run a thousand times neither reads the terminal nor fills it.
class QuietStreams {
 public:
  QuietStreams();
  ~QuietStreams();
  QuietStreams(const QuietStreams&) = delete;
  QuietStreams& operator=(const QuietStreams&) = delete;

 private:
  UniqueFd input_;
  UniqueFd error_;
};

}  // namespace kamexec::tool
