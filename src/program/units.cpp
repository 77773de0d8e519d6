// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace kamexec::program {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest on: time_text and size_text take the first that fits.
constexpr auto kTimeUnits =
    std::to_array<Unit>({{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}});
constexpr auto kSizeUnits =
    std::to_array<Unit>({{"G", 1ULL << 30}, {"M", 1ULL << 20}, {"k", 1ULL << 10}, {"", 1}});

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letter(std::string_view text, std::string_view unit) {
  return text.size() == unit.size() && (text.empty() || lower(text[0]) == lower(unit[0]));
}

/// The number in front, and what follows it.
template <typename Number = std::uint64_t>
std::optional<Number> take_number(std::string_view& text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> times(std::uint64_t number, std::uint64_t factor, std::uint64_t most) {
  if (number > most / factor) {
    return std::nullopt;
  }
  return number * factor;
}

template <std::size_t Count>
std::string with_unit(std::uint64_t value, const std::array<Unit, Count>& units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value) + std::string(units.back().name);
}

}  // namespace

std::optional<std::chrono::milliseconds> read_time(std::string_view text) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
  const auto number = take_number(text);
  for (const Unit& unit : kTimeUnits) {
    if (number && text == unit.name) {
      const auto time = times(*number, unit.factor, kMost);
      if (time) {
        return std::chrono::milliseconds(*time);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  const auto number = take_number(text);
  for (const Unit& unit : kSizeUnits) {
    if (number && same_letter(text, unit.name)) {
      return times(*number, unit.factor, std::numeric_limits<std::uint64_t>::max());
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_count(std::string_view text) {
  const auto number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

std::optional<std::int64_t> read_integer(std::string_view text) {
  const auto number = take_number<std::int64_t>(text);
  return text.empty() ? number : std::nullopt;
}

std::string time_text(std::chrono::milliseconds time) {
  return with_unit(static_cast<std::uint64_t>(std::max(time.count(), decltype(time.count()){0})),
                   kTimeUnits);
}

std::string size_text(std::uint64_t bytes) {
  return with_unit(bytes, kSizeUnits);
}

}  // namespace kamexec::program
