// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/attribute_value.h"

#include <limits>
#include <utility>

#include "base/printable.h"
#include "program/units.h"

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;
using Unit = NumberRange::Unit;

constexpr std::string_view kNone = "none";
constexpr std::size_t kMostShown = 60;

/// What is larger than any range stays so.
std::optional<std::int64_t> as_signed(std::optional<std::uint64_t> number) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!number) {
    return std::nullopt;
  }
  return std::in_range<std::int64_t>(*number) ? static_cast<std::int64_t>(*number) : kMost;
}

std::optional<std::int64_t> read_in_unit(Unit unit, std::string_view word) {
  if (unit == Unit::bytes) {
    return as_signed(read_size(word));
  }
  if (unit == Unit::count) {
    return as_signed(read_count(word));
  }
  if (unit == Unit::integer) {
    return read_integer(word);
  }
  const auto time = read_time(word);
  if (!time || (unit == Unit::seconds && time->count() % 1000 != 0)) {
    return std::nullopt;
  }
  return unit == Unit::seconds ? time->count() / 1000 : time->count();
}

std::string text_in_unit(Unit unit, std::int64_t number) {
  switch (unit) {
    case Unit::milliseconds:
      return time_text(milliseconds(number));
    case Unit::seconds:
      return time_text(milliseconds(number * 1000));
    case Unit::bytes:
      return size_text(static_cast<std::uint64_t>(number));
    case Unit::count:
    case Unit::integer:
      break;
  }
  return std::to_string(number);
}

std::string_view form_of(Unit unit) {
  switch (unit) {
    case Unit::milliseconds:
      return "a time: a whole number and ms, s, m or h, as in 200ms";
    case Unit::seconds:
      return "a time in whole seconds, with s, m or h, as in 10s";
    case Unit::bytes:
      return "a size: a whole number of bytes, or one with k, M or G, as in 64k";
    case Unit::integer:
      return "a whole number, which may be negative";
    case Unit::count:
      break;
  }
  return "a whole number";
}

}  // namespace

Result<std::int64_t> read_number(const NumberRange& range, const Attribute& attribute) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (range.none_is_zero && *word == kNone) {
    return 0;
  }
  const auto number = read_in_unit(range.unit, *word);
  if (!number) {
    return failure(shown(*word) + " is not " + std::string(form_of(range.unit)));
  }
  if (*number < range.least || *number > range.most) {
    return failure(shown(*word) + " is out of range: write " +
                   text_in_unit(range.unit, range.least) + " to " +
                   text_in_unit(range.unit, range.most) + (range.none_is_zero ? ", or none" : ""));
  }
  return *number;
}

std::string number_text(const NumberRange& range, std::int64_t number) {
  return range.none_is_zero && number == 0 ? std::string(kNone) : text_in_unit(range.unit, number);
}

Result<std::string> only_word(const Attribute& attribute) {
  if (attribute.words.empty() || attribute.words.front().empty()) {
    return failure("the value is missing");
  }
  if (attribute.words.size() > 1) {
    const char* next = attribute.line > 0 ? "write the next attribute, and a comment, on a line of "
                                            "its own"
                                          : "put a ';' before the next attribute";
    return failure("takes one value, and " + shown(attribute.words[1]) +
                   " is one too many: " + next + ", and quotes around a value with spaces");
  }
  return attribute.words.front();
}

Result<bool> read_yes_no(const Attribute& attribute) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (*word != "yes" && *word != "no") {
    return failure(shown(*word) + " is neither yes nor no");
  }
  return *word == "yes";
}

std::string shown(std::string_view word) {
  return '"' + printable(word, kMostShown) + '"';
}

}  // namespace kamexec::program
