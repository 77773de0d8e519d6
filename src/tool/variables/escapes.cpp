// SPDX-License-Identifier: GPL-2.0-or-later
// {s.escape.…} and {s.unescape.…}, as core/strutils.c does them.
#include <algorithm>

#include "tool/variables/transformation.h"

namespace kamexec::tool {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kUserBytes = "-_.!~*'()&=+$,;?";
constexpr std::string_view kParamBytes = "-_.!~*'()[]/:&+$";

bool is_printable(char c) {
  return c >= 32 && c <= 126;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void escape_common(Value& value, TransformationParameters&) {
  std::string escaped;
  for (const char c : value.text) {
    if (c == '\'' || c == '"' || c == '\\' || c == '\0') {
      escaped += '\\';
    }
    escaped += c == '\0' ? '0' : c;
  }
  value.text = std::move(escaped);
}

void unescape_common(Value& value, TransformationParameters&) {
  std::string plain;
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    const char c = value.text[i];
    const char next = i + 1 < value.text.size() ? value.text[i + 1] : ' ';
    if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || next == '0')) {
      plain += next == '0' ? '\0' : next;
      ++i;
    } else {
      plain += c;
    }
  }
  value.text = std::move(plain);
}

/// The server refuses text with other bytes than printable ASCII.
void escape_percent(Value& value, std::string_view as_they_are) {
  if (!std::all_of(value.text.begin(), value.text.end(), is_printable)) {
    value = Value::unreadable();
    return;
  }
  std::string escaped;
  for (const char c : value.text) {
    if (is_alphanumeric(c) || as_they_are.find(c) != as_they_are.npos) {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
  }
  value.text = std::move(escaped);
}

void escape_user(Value& value, TransformationParameters&) {
  escape_percent(value, kUserBytes);
}

void escape_param(Value& value, TransformationParameters&) {
  escape_percent(value, kParamBytes);
}

int digit_of(char c) {
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t at = kHexDigits.find(lower);
  return at == kHexDigits.npos ? -1 : static_cast<int>(at);
}

/// Of users and of parameters. What is no escape of a printable byte can't be applied.
void unescape_percent(Value& value, TransformationParameters&) {
  std::string plain;
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    char c = value.text[i];
    if (c == '%') {
      const int high = i + 1 < value.text.size() ? digit_of(value.text[i + 1]) : -1;
      const int low = i + 2 < value.text.size() ? digit_of(value.text[i + 2]) : -1;
      c = high < 0 || low < 0 ? '\0' : static_cast<char>(high * 16 + low);
      i += 2;
      if (!is_printable(c)) {
        value = Value::unreadable();
        return;
      }
    }
    plain += c;
  }
  value.text = std::move(plain);
}

void encode_hexadecimal(Value& value, TransformationParameters&) {
  std::string digits;
  for (const char c : value.text) {
    const auto byte = static_cast<unsigned char>(c);
    digits += {kHexDigits[byte >> 4], kHexDigits[byte & 15]};
  }
  value.text = std::move(digits);
}

constexpr NamedTransform kTransforms[] = {
    {"s.escape.common", escape_common},    {"s.unescape.common", unescape_common},
    {"s.escape.user", escape_user},        {"s.unescape.user", unescape_percent},
    {"s.escape.param", escape_param},      {"s.unescape.param", unescape_percent},
    {"s.encode.hexa", encode_hexadecimal},
};

}  // namespace

Transform find_escape(std::string_view name) {
  for (const NamedTransform& entry : kTransforms) {
    if (entry.name == name) {
      return entry.transform;
    }
  }
  return nullptr;
}

}  // namespace kamexec::tool
