// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "command/scan.h"

namespace kamexec {
namespace {

bool is_value(const WordPiece& piece) {
  return piece.value != WordPiece::kFixed;
}

}  // namespace

std::string ScannedWord::fixed() const {
  return has_expansion || has_pattern || has_value() ? std::string() : literal();
}

std::string ScannedWord::literal() const {
  std::string text;
  for (const WordPiece& piece : pieces) {
    text += piece.text;
  }
  return text;
}

bool ScannedWord::has_value() const {
  return std::any_of(pieces.begin(), pieces.end(), is_value);
}

bool ScannedWord::begins_with_value() const {
  return !pieces.empty() && is_value(pieces.front());
}

int ScannedWord::any_value() const {
  const auto first = std::find_if(pieces.begin(), pieces.end(), is_value);
  if (first != pieces.end()) {
    return first->value;
  }
  return inner.empty() ? -1 : inner.front();
}

}  // namespace kamexec
