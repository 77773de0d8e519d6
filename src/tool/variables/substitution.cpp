// SPDX-License-Identifier: GPL-2.0-or-later
// {re.subst,/expression/replacement/flags}, as core/re.c and textops do it.
#include <regex.h>

#include <array>

#include "tool/variables/transformation.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kGroups = 10;
using Matches = std::array<regmatch_t, kGroups>;

class Expression {
 public:
  Expression(const std::string& text, int flags)
      : good_(::regcomp(&compiled_, text.c_str(), flags) == 0) {}
  ~Expression() {
    if (good_) {
      ::regfree(&compiled_);
    }
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool matches(const char* text, int flags, Matches& matches) const {
    return ::regexec(&compiled_, text, kGroups, matches.data(), flags) == 0;
  }

 private:
  regex_t compiled_{};
  bool good_;
};

/// One of the three parts: up to the delimiter, which a backslash takes its meaning from.
std::string take_part(std::string_view& text, char delimiter) {
  std::string part;
  while (!text.empty() && text.front() != delimiter) {
    if (text.front() == '\\' && text.size() > 1) {
      if (text[1] != delimiter) {
        part += '\\';
      }
      text.remove_prefix(1);
    }
    part += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) {
    text.remove_prefix(1);
  }
  return part;
}

/// \0 … \9 are what matched; \n, \r, \t and \\ what they name.
void append_replacement(std::string& out, std::string_view replacement, const char* text,
                        const Matches& matches) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out += replacement[i];
      continue;
    }
    const char c = replacement[++i];
    if (c >= '0' && c <= '9') {
      const regmatch_t& match = matches[static_cast<std::size_t>(c - '0')];
      if (match.rm_so >= 0) {
        out.append(text + match.rm_so, static_cast<std::size_t>(match.rm_eo - match.rm_so));
      }
    } else {
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    }
  }
}

}  // namespace

void substitute(Value& value, TransformationParameters& parameters) {
  const std::string written = parameters.rest();
  if (parameters.failed() || written.empty()) {
    value = Value::unreadable();
    return;
  }
  std::string_view rest = written;
  const char delimiter = rest.front();
  rest.remove_prefix(1);
  const std::string expression = take_part(rest, delimiter);
  const std::string replacement = take_part(rest, delimiter);
  const bool all = rest.find('g') != rest.npos;
  const int flags = REG_EXTENDED | (rest.find('i') != rest.npos ? REG_ICASE : 0) |
                    (rest.find('s') != rest.npos ? 0 : REG_NEWLINE);
  const Expression compiled(expression, flags);
  if (!compiled.good()) {
    value = Value::unreadable();
    return;
  }
  std::string out;
  const char* text = value.text.c_str();
  Matches matches{};
  int where = 0;
  while (compiled.matches(text, where, matches)) {
    if (matches[0].rm_eo == matches[0].rm_so) {
      value = Value::unreadable();  // the server takes no match of nothing
      return;
    }
    out.append(text, static_cast<std::size_t>(matches[0].rm_so));
    append_replacement(out, replacement, text, matches);
    text += matches[0].rm_eo;
    where = text[-1] == '\n' || text[-1] == '\r' ? 0 : REG_NOTBOL;
    if (!all) {
      break;
    }
  }
  value.text = out + text;
}

}  // namespace kamexec::tool
