// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/escape.h"

#include <array>

namespace kamexec::pool {
namespace {

constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7f; ++byte) {
    plain[byte] = byte != '%';
  }
  return plain;
}

constexpr std::array<bool, 256> kPlain = plain_bytes();

void append_code(std::string& to, unsigned char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const char code[] = {'%', kDigits[byte >> 4], kDigits[byte & 0xf]};
  to.append(code, sizeof code);
}

/// -1: no hexadecimal digit.
int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'A' && digit <= 'F') {
    return digit - 'A' + 10;
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  return -1;
}

}  // namespace

void append_escaped(std::string& to, std::string_view value) {
  std::size_t run = 0;  // where the bytes begin that go over as they are
  for (std::size_t at = 0; at < value.size(); ++at) {
    const auto byte = static_cast<unsigned char>(value[at]);
    const bool space_at_an_end = byte == ' ' && (at == 0 || at + 1 == value.size());
    if (kPlain[byte] && !space_at_an_end) {
      continue;
    }
    to.append(value, run, at - run);
    append_code(to, byte);
    run = at + 1;
  }
  to.append(value, run);
}

bool append_unescaped(std::string& to, std::string_view text) {
  while (!text.empty()) {
    const std::size_t code = text.find('%');
    to.append(text, 0, code);
    if (code == text.npos) {
      return true;
    }
    text.remove_prefix(code);
    if (text.size() < 3) {
      return false;
    }
    const int high = digit_value(text[1]);
    const int low = digit_value(text[2]);
    if (high < 0 || low < 0) {
      return false;
    }
    to += static_cast<char>(high << 4 | low);
    text.remove_prefix(3);
  }
  return true;
}

}  // namespace kamexec::pool
