// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace kamexec {

/// What the command line says.
struct BenchOptions {
  std::string command;                ///< as in the routing script; empty: the default one
  std::vector<std::string> programs;  ///< definitions, as the module's parameter
  int rounds = 30;
  int calls = 0;     ///< in each round; 0: as many as take some 30 ms, 1000 at most
  int seconds = 20;  ///< no round begins after that, but for the least number of them
  int heap_mib = 0;  ///< memory that this process holds and has written to, as a server does
  bool json = false;
};

}  // namespace kamexec
