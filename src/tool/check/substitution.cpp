// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/substitution.h"

#include <array>
#include <cstdlib>
#include <optional>

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kLongestExpression = 256;
constexpr std::size_t kLongestResult = std::size_t{1} << 20;

/// Intervals and back references can take the regex library any time and memory.
bool is_bounded(std::string_view expression) {
  if (expression.size() > kLongestExpression || expression.find('{') != std::string_view::npos) {
    return false;
  }
  for (std::size_t i = 0; i + 1 < expression.size(); ++i) {
    if (expression[i] == '\\') {
      ++i;
      if (expression[i] >= '1' && expression[i] <= '9') {
        return false;
      }
    }
  }
  return true;
}

/// The separator that ends the expression: one without a backslash before it.
std::size_t expression_end(std::string_view rule) {
  for (std::size_t i = 1; i < rule.size(); ++i) {
    if (rule[i] == rule[0] && rule[i - 1] != '\\') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// The one that ends the replacement, which begins at @p from: here a backslash may be escaped.
std::size_t replacement_end(std::string_view rule, std::size_t from) {
  for (std::size_t i = from; i < rule.size(); ++i) {
    if (rule[i] == '\\') {
      ++i;
    } else if (rule[i] == rule[0]) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// The value of $env(NAME) or $def(NAME) at the start of @p text, and how long that is.
std::optional<std::string> evaluate(std::string_view text, const Defines& defines,
                                    std::size_t& size) {
  const std::size_t end = text.find(')');
  if (end == std::string_view::npos || end < 5) {
    return std::nullopt;
  }
  size = end + 1;
  const std::string name(text.substr(5, end - 5));
  if (text.substr(0, 5) == "$env(") {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  const Define* define = text.substr(0, 5) == "$def(" ? defines.find(name) : nullptr;
  return define == nullptr || !define->is_known ? std::nullopt : std::optional(define->value);
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

void Substitution::Free::operator()(regex_t* regex) const {
  ::regfree(regex);
  delete regex;
}

void Substitution::add_text(std::string_view text) {
  if (pieces_.empty() || pieces_.back().match >= 0) {
    pieces_.push_back({});
  }
  pieces_.back().text += text;
}

Result<void> Substitution::read_replacement(std::string_view text, char separator,
                                            const Defines& defines) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char c = text[++i];
      if (c == 'u' && c != separator) {
        return failure("its replacement contains \\u, a message's URI");
      }
      if (c >= '0' && c <= '9') {
        pieces_.push_back({c - '0', {}});
      } else {
        add_text(std::string(1, unescaped(c)));
      }
    } else if (text[i] == '$') {
      std::size_t size = 0;
      const std::optional<std::string> value = evaluate(text.substr(i), defines, size);
      if (!value) {
        return failure("its replacement contains a variable that only the server can evaluate");
      }
      add_text(*value);
      i += size - 1;
    } else {
      add_text(std::string(1, text[i]));
    }
  }
  return {};
}

Result<Substitution> Substitution::read(std::string_view rule, const Defines& defines) {
  if (rule.size() < 3 || rule[0] == '\\' || rule.find('\0') != std::string_view::npos) {
    return failure("it is not /expression/replacement/");
  }
  const std::size_t middle = expression_end(rule);
  const std::size_t end =
      middle == std::string_view::npos ? middle : replacement_end(rule, middle + 1);
  if (end == std::string_view::npos) {
    return failure("it is not /expression/replacement/");
  }
  Substitution made;
  made.expression_ = rule.substr(1, middle - 1);
  made.value_ = rule.substr(middle + 1, end - middle - 1);
  int flags = REG_EXTENDED | REG_NEWLINE;
  for (const char flag : rule.substr(end + 1)) {
    switch (flag) {
      case 'i':
        flags |= REG_ICASE;
        break;
      case 's':
        flags &= ~REG_NEWLINE;
        break;
      case 'g':
        made.all_ = true;
        break;
      default:
        return failure("it has an unknown flag");
    }
  }
  if (!is_bounded(made.expression_)) {
    return failure("its expression is too long, or has an interval or a back reference");
  }
  if (const Result<void> read = made.read_replacement(made.value_, rule[0], defines); !read) {
    return tl::unexpected(read.error());
  }
  if (made.value_.find('$') != std::string::npos) {
    made.value_.clear();
    for (const Piece& piece : made.pieces_) {
      made.value_ += piece.text;
    }
  }
  auto regex = std::make_unique<regex_t>();
  if (::regcomp(regex.get(), made.expression_.c_str(), flags) != 0) {
    return failure("its regular expression is wrong");
  }
  made.regex_.reset(regex.release());
  return made;
}

bool Substitution::apply(std::string& text) const {
  std::string result;
  const char* rest = text.c_str();
  bool changed = false;
  for (bool more = true; more && result.size() < kLongestResult;) {
    std::array<regmatch_t, 10> matches{};
    const int flags = rest == text.c_str() ? 0 : REG_NOTBOL;
    if (::regexec(regex_.get(), rest, matches.size(), matches.data(), flags) != 0 ||
        matches[0].rm_eo == matches[0].rm_so) {
      break;
    }
    changed = true;
    result.append(rest, static_cast<std::size_t>(matches[0].rm_so));
    for (const Piece& piece : pieces_) {
      const auto match = static_cast<std::size_t>(piece.match);
      if (piece.match < 0) {
        result += piece.text;
      } else if (matches[match].rm_so >= 0) {
        result.append(rest + matches[match].rm_so, rest + matches[match].rm_eo);
      }
    }
    rest += matches[0].rm_eo;
    more = all_ && *rest != '\0';
  }
  if (changed) {
    text = result + rest;
  }
  return changed;
}

}  // namespace kamexec::tool::check
