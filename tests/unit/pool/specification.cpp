// SPDX-License-Identifier: GPL-2.0-or-later
#include "specification.h"

#include <fstream>

namespace kamexec::pool {

std::vector<Turn> documented_exchange() {
  std::ifstream document(KAMEXEC_WORKER_PROTOCOL);
  std::vector<Turn> turns;
  for (std::string line; std::getline(document, line);) {
    if (line.rfind("> ", 0) != 0 && line.rfind("< ", 0) != 0) {
      continue;
    }
    const bool from_server = line[0] == '>';
    if (turns.empty() || turns.back().from_server != from_server) {
      turns.push_back({from_server, {}});
    }
    turns.back().bytes += line.substr(2) + '\n';
  }
  return turns;
}

}  // namespace kamexec::pool
