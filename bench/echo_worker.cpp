// SPDX-License-Identifier: GPL-2.0-or-later
// A worker that says what /bin/echo would: its arguments, on one line. No library of ours: a worker
// as anybody would write it (docs/worker-protocol.md), for what a call of one costs.
#include <iostream>
#include <string>

int main() {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  std::string line;
  std::string id;
  std::string words;
  while (std::getline(std::cin, line)) {
    const std::size_t space = line.find(' ');
    const std::string field = line.substr(0, space);
    if (field == "hello") {
      std::cout << "hello 1\n" << std::flush;
    } else if (field == "request") {
      id = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
      words.clear();
    } else if (field == "arg") {
      // Still escaped, as the reply wants it.
      words.append(words.empty() ? "" : " ").append(line, space + 1);
    } else if (field == "end") {
      std::cout << "reply " << id << " 0\nline " << words << "\nend " << id << '\n' << std::flush;
    }
  }
}
