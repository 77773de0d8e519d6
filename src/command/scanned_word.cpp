// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "command/scan.h"

namespace kamexec::command {
namespace {

bool is_value(const WordPart& part) {
  return part.kind == WordPart::Kind::value;
}

}  // namespace

std::string ScannedWord::fixed() const {
  return has_expansion || has_pattern || has_value() ? std::string() : literal();
}

std::string ScannedWord::literal() const {
  std::string text;
  for (const WordPart& part : parts) {
    if (part.kind == WordPart::Kind::fixed) {
      text += part.text;
    }
  }
  return text;
}

std::string ScannedWord::beginning() const {
  return parts.empty() || parts.front().kind != WordPart::Kind::fixed ? std::string()
                                                                      : parts.front().text;
}

bool ScannedWord::has_value() const {
  return std::any_of(parts.begin(), parts.end(), is_value);
}

bool ScannedWord::begins_with_value() const {
  return !parts.empty() && is_value(parts.front());
}

int ScannedWord::any_value() const {
  const auto first = std::find_if(parts.begin(), parts.end(), is_value);
  if (first != parts.end()) {
    return first->value;
  }
  return inner.empty() ? -1 : inner.front();
}

}  // namespace kamexec::command
