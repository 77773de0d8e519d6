// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/parts.h"

#include <algorithm>
#include <array>

namespace kamexec::fleet {
namespace {

struct Part {
  std::string_view name;
  bool engine::Needs::*member;
};

constexpr std::array kParts{
    Part{"uri", &engine::Needs::uri}, Part{"env", &engine::Needs::variables},
    Part{"message", &engine::Needs::message}, Part{"input", &engine::Needs::input}};
constexpr std::string_view kNone = "-";

}  // namespace

std::string names_of(const engine::Needs& parts) {
  std::string names;
  for (const Part& part : kParts) {
    if (parts.*part.member) {
      names += (names.empty() ? "" : " ") + std::string(part.name);
    }
  }
  return names.empty() ? std::string(kNone) : names;
}

engine::Needs parts_named(std::string_view words) {
  engine::Needs parts{.variables = false, .input = false, .uri = false, .message = false};
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    for (const Part& part : kParts) {
      if (word == part.name) {
        parts.*part.member = true;
      }
    }
  }
  return parts;
}

}  // namespace kamexec::fleet
