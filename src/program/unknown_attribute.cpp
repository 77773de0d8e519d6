// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <numeric>
#include <vector>

#include "program/attribute_value.h"

namespace kamexec::program {
namespace {

/// Bytes to insert, leave out or replace to make one of the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view most_alike(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kMostSlips = 2;
  std::string_view best;
  std::size_t fewest = kMostSlips + 1;
  for (const std::string_view one : known) {
    // A short name is all slips: "xx" is no misspelt "cpu".
    const std::size_t slips = distance(name, one);
    if (slips < fewest && slips * 2 < one.size()) {
      fewest = slips;
      best = one;
    }
  }
  return best;
}

}  // namespace

std::string unknown_attribute(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestCompared = 64;
  std::string message = "there is no attribute " + shown(name) + ": ";
  const std::string_view alike = name.size() <= kLongestCompared ? most_alike(name, known) : "";
  if (!alike.empty()) {
    return message + "write " + std::string(alike);
  }
  message += "there are";
  for (const std::string_view& one : known) {
    message += (&one == known.data() ? " " : ", ") + std::string(one);
  }
  return message;
}

}  // namespace kamexec::program
