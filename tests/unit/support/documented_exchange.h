// SPDX-License-Identifier: GPL-2.0-or-later
// The example exchange of a protocol's page, taken from the document itself.
#pragma once

#include <string>
#include <vector>

namespace kamexec::test {

/// What one side sends before the other's turn.
struct Turn {
  bool asks = false;  ///< marked "> ": the side that sends requests
  std::string bytes;
};

/// The code block of @p page whose lines all begin with "> " or "< ", turn by turn.
[[nodiscard]] std::vector<Turn> documented_exchange(const std::string& page);

}  // namespace kamexec::test
