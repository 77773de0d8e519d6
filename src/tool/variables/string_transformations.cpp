// SPDX-License-Identifier: GPL-2.0-or-later
// {s.…}, as pv's tr_eval_string does them.
#include <md5.h>
#include <sha2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "tool/sip/text.h"
#include "tool/variables/transformation.h"

namespace kamexec::tool {
namespace {

void length(Value& value, TransformationParameters&) {
  value = Value::of(value.text.size());
}

/// A number of the server's: 32 bits.
void integer(Value& value, TransformationParameters&) {
  long number = 0;
  std::string_view text = value.text;
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    value = Value::unreadable();
  }
}

void md5(Value& value, TransformationParameters&) {
  std::array<char, MD5_DIGEST_STRING_LENGTH> digits{};
  ::MD5Data(reinterpret_cast<const std::uint8_t*>(value.text.data()), value.text.size(),
            digits.data());
  value.text = digits.data();
}

void sha256(Value& value, TransformationParameters&) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  ::SHA256Data(reinterpret_cast<const std::uint8_t*>(value.text.data()), value.text.size(),
               digits.data());
  value.text = digits.data();
}

/// A length of 0, or one too long, is up to the end; an offset out of the text can't be applied.
void substring(Value& value, TransformationParameters& parameters) {
  long offset = parameters.number();
  const long wanted = parameters.number();
  const long size = static_cast<long>(value.text.size());
  const bool in_range = offset >= 0 ? offset < size : -offset <= size;
  if (parameters.failed() || wanted < 0 || !in_range) {
    value = Value::unreadable();
    return;
  }
  offset = offset < 0 ? size + offset : offset;
  const long end = wanted == 0 ? size : std::min(size, offset + wanted);
  value.text =
      value.text.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(end - offset));
}

/// The n-th field, from 0; negative: from the last, -1.
void select(Value& value, TransformationParameters& parameters) {
  long wanted = parameters.number();
  const char separator = parameters.byte(true);
  const long fields = 1 + std::count(value.text.begin(), value.text.end(), separator);
  wanted = wanted < 0 ? wanted + fields : wanted;
  if (wanted < 0 || wanted >= fields) {
    value.text.clear();
    return;
  }
  std::size_t begin = 0;
  for (; wanted > 0; --wanted) {
    begin = value.text.find(separator, begin) + 1;
  }
  value.text = value.text.substr(begin, value.text.find(separator, begin) - begin);
}

void lower(Value& value, TransformationParameters&) {
  std::transform(value.text.begin(), value.text.end(), value.text.begin(), lower_case);
}

void upper(Value& value, TransformationParameters&) {
  std::transform(value.text.begin(), value.text.end(), value.text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}

void digits_only(Value& value, TransformationParameters&) {
  std::erase_if(value.text, [](char c) { return c < '0' || c > '9'; });
}

void without_white_space(Value& value, TransformationParameters&) {
  std::erase_if(value.text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
}

void trim(Value& value, TransformationParameters&) {
  value.text = std::string(trimmed(value.text));
}

void strip(Value& value, TransformationParameters& parameters) {
  const long count = std::clamp<long>(parameters.number(), 0, static_cast<long>(value.text.size()));
  value.text.erase(0, static_cast<std::size_t>(count));
}

void strip_tail(Value& value, TransformationParameters& parameters) {
  const long count = std::clamp<long>(parameters.number(), 0, static_cast<long>(value.text.size()));
  value.text.resize(value.text.size() - static_cast<std::size_t>(count));
}

void replace_all(std::string& text, std::string_view wanted, std::string_view replacement) {
  if (wanted.empty()) {
    return;
  }
  for (std::size_t at = text.find(wanted); at != text.npos;
       at = text.find(wanted, at + replacement.size())) {
    text.replace(at, wanted.size(), replacement);
  }
}

void replace(Value& value, TransformationParameters& parameters) {
  const std::string wanted = parameters.text();
  replace_all(value.text, wanted, parameters.text());
}

void remove(Value& value, TransformationParameters& parameters) {
  replace_all(value.text, parameters.text(), {});
}

void count(Value& value, TransformationParameters& parameters) {
  const char wanted = parameters.byte(false);
  value =
      Value::of(static_cast<std::size_t>(std::count(value.text.begin(), value.text.end(), wanted)));
}

constexpr NamedTransform kTransforms[] = {
    {"s.len", length},
    {"s.int", integer},
    {"s.md5", md5},
    {"s.sha256", sha256},
    {"s.substr", substring},
    {"s.select", select},
    {"s.tolower", lower},
    {"s.toupper", upper},
    {"s.numeric", digits_only},
    {"s.rmws", without_white_space},
    {"s.trim", trim},
    {"s.strip", strip},
    {"s.striptail", strip_tail},
    {"s.replace", replace},
    {"s.rm", remove},
    {"s.count", count},
};

}  // namespace

Transform find_string_transformation(std::string_view name) {
  for (const NamedTransform& entry : kTransforms) {
    if (entry.name == name) {
      return entry.transform;
    }
  }
  return nullptr;
}

}  // namespace kamexec::tool
