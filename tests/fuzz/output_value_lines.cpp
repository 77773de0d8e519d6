// SPDX-License-Identifier: GPL-2.0-or-later
// A command's output as value lines, held against the plainest way to read them.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "output/lines.h"

namespace kamexec::output {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

struct Expected {
  std::size_t number;
  std::string text;
  bool cut;
};

std::vector<Expected> expected_lines(std::string_view output) {
  std::vector<Expected> all;
  std::istringstream stream{std::string(output)};
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    const bool cut = line.find('\0') != line.npos;
    line = line.c_str();
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) {
      all.push_back({number, line, cut});
    }
  }
  return all;
}

void check(std::string_view output) {
  const auto expected = expected_lines(output);
  const auto lines = value_lines(output);
  require(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    require(lines[i].number == expected[i].number);
    require(lines[i].text == expected[i].text);
    require(lines[i].cut == expected[i].cut);
    require(lines[i].text.data() >= output.data());
    require(lines[i].text.data() + lines[i].text.size() <= output.data() + output.size());
  }
  const std::size_t half = expected.size() / 2;
  require(value_lines(output, half).size() == half);
}

}  // namespace
}  // namespace kamexec::output

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::output::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
