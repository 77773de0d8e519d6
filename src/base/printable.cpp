// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.h"

namespace kamexec {
namespace {

constexpr std::string_view kMore = "...";

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '\\') {
    out += "\\\\";
  } else if (c >= 0x20 && c <= 0x7e) {
    out += c;
  } else {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t room_for_more = 0;  // up to here "..." still fits
  for (const char c : text) {
    append_escaped(out, c);
    if (out.size() > most) {
      out.resize(room_for_more);
      out += kMore;
      return out;
    }
    if (out.size() + kMore.size() <= most) {
      room_for_more = out.size();
    }
  }
  return out;
}

}  // namespace kamexec
