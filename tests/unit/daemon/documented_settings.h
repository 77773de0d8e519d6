// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of settings in docs/reference/programs.md.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

namespace kamexec::daemon {

struct DocumentedSetting {
  std::string default_value;  ///< as its column has it, in `` or in words
  std::string range;
};

/// Those below "### The section SECTION".
inline std::map<std::string, DocumentedSetting> documented_settings(const std::string& section) {
  std::ifstream file(KAMEXEC_PROGRAMS_DOCUMENT);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("\n### The section " + section + "\n");
  if (begin == text.npos) {
    return {};
  }
  const std::string part = text.substr(begin, text.find("\n##", begin + 1) - begin);
  std::map<std::string, DocumentedSetting> rows;
  const std::regex row(R"(\n\| `([a-z_]+)` \|[^|\n]*\| *([^|\n]*?) *\| *([^|\n]*?) *\|)");
  for (std::sregex_iterator at(part.begin(), part.end(), row), end; at != end; ++at) {
    rows[(*at)[1]] = {(*at)[2], (*at)[3]};
  }
  return rows;
}

}  // namespace kamexec::daemon
