// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/anchored_pattern.h"

#include <array>

namespace kamexec::tool::check {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_plain(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+';
}

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_(pattern) {}

  std::optional<MatchedBytes> read() {
    if (!skip("^")) {
      return std::nullopt;
    }
    do {
      if (!element()) {
        return std::nullopt;
      }
      quantifier();
    } while (rest_ != "$" && !rest_.empty());
    return rest_.empty() ? std::nullopt : std::optional(bytes_);
  }

 private:
  bool skip(std::string_view text) {
    const bool is_next = rest_.starts_with(text);
    rest_.remove_prefix(is_next ? text.size() : 0);
    return is_next;
  }

  bool add(char c) {
    if (!is_digit(c)) {
      bytes_ = MatchedBytes::plain;
    }
    return is_plain(c);
  }

  /// False: it may match other bytes.
  bool element() {
    if (skip("[")) {
      return class_members();
    }
    if (skip("\\+")) {
      return add('+');
    }
    if (rest_.empty() || rest_[0] == '+' || !add(rest_[0])) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  /// Behind '[', up to its ']'.
  bool class_members() {
    struct Named {
      std::string_view name;
      char member;  ///< stands for all of them
    };
    constexpr auto kNamed = std::to_array<Named>({{"[:digit:]", '0'},
                                                  {"[:alpha:]", 'a'},
                                                  {"[:alnum:]", 'a'},
                                                  {"[:upper:]", 'a'},
                                                  {"[:lower:]", 'a'},
                                                  {"[:xdigit:]", 'a'}});
    bool has_member = false;
    while (!rest_.empty() && rest_[0] != ']') {
      has_member = true;
      bool is_named = false;
      for (const Named& named : kNamed) {
        is_named = is_named || (skip(named.name) && add(named.member));
      }
      if (!is_named && !member()) {
        return false;
      }
    }
    return has_member && skip("]");
  }

  /// A byte, or a range within the digits, the small or the large letters.
  bool member() {
    const char first = rest_[0];
    rest_.remove_prefix(1);
    if (!add(first)) {
      return false;
    }
    if (!rest_.starts_with('-')) {
      return true;
    }
    if (rest_.size() < 2) {
      return false;
    }
    const char last = rest_[1];
    rest_.remove_prefix(2);
    constexpr auto kRanges = std::to_array<std::string_view>({"09", "az", "AZ"});
    for (const std::string_view range : kRanges) {
      if (range[0] <= first && first <= last && last <= range[1]) {
        return true;
      }
    }
    return false;
  }

  void quantifier() {
    if (skip("+") || skip("*") || skip("?") || !rest_.starts_with('{')) {
      return;
    }
    const std::size_t end = rest_.find_first_not_of("0123456789,", 1);
    if (end > 1 && end != rest_.npos && rest_[end] == '}' && is_digit(rest_[1])) {
      rest_.remove_prefix(end + 1);
    }
  }

  std::string_view rest_;
  MatchedBytes bytes_ = MatchedBytes::digits;
};

}  // namespace

std::optional<MatchedBytes> read_anchored_pattern(std::string_view pattern) {
  return PatternReader(pattern).read();
}

}  // namespace kamexec::tool::check
