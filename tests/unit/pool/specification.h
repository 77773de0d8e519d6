// SPDX-License-Identifier: GPL-2.0-or-later
// The example exchange of docs/worker-protocol.md, taken from the document itself.
#pragma once

#include <string>
#include <vector>

namespace kamexec::pool {

/// What one side sends before the other's turn.
struct Turn {
  bool from_server = false;
  std::string bytes;
};

/// The code block of the document whose lines all begin with "> " or "< ", turn by turn.
[[nodiscard]] std::vector<Turn> documented_exchange();

}  // namespace kamexec::pool
