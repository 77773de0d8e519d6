// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/message_words.h"

#include <algorithm>

#include "pool/words.h"

namespace kamexec::service {
namespace {

constexpr std::size_t kLongestId = 32;
constexpr std::uint32_t kHighestVersion = 1'000'000;

// Of ASCII, whatever the locale is.
bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word_byte(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '-';
}

}  // namespace

bool is_id(std::string_view word) {
  return !word.empty() && word.size() <= kLongestId &&
         std::all_of(word.begin(), word.end(), is_letter_or_digit);
}

bool is_word(std::string_view word) {
  return !word.empty() && word.size() <= kLongestWord &&
         std::all_of(word.begin(), word.end(), is_word_byte);
}

Result<std::uint32_t> read_hello(std::string_view line) {
  std::string_view rest = line;
  if (pool::take_word(rest) != "hello") {
    return out_of_step("began with no hello", line);
  }
  const auto version = pool::read_number(pool::take_word(rest), kHighestVersion);
  if (!version || *version == 0) {
    return out_of_step("sent a hello without a version", line);
  }
  return *version;
}

tl::unexpected<Error> out_of_step(std::string_view what, std::string_view line) {
  return failure(std::string(what) + ": " + pool::quoted_start(line));
}

}  // namespace kamexec::service
