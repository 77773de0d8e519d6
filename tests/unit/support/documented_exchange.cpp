// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/documented_exchange.h"

#include <fstream>

namespace kamexec::test {

std::vector<Turn> documented_exchange(const std::string& page) {
  std::ifstream document(page);
  std::vector<Turn> turns;
  for (std::string line; std::getline(document, line);) {
    if (line.rfind("> ", 0) != 0 && line.rfind("< ", 0) != 0) {
      continue;
    }
    const bool asks = line[0] == '>';
    if (turns.empty() || turns.back().asks != asks) {
      turns.push_back({asks, {}});
    }
    turns.back().bytes += line.substr(2) + '\n';
  }
  return turns;
}

}  // namespace kamexec::test
