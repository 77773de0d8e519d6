// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/value_text.h"

#include <cstddef>

namespace kamexec::request {
namespace {

constexpr std::string_view kFunctionStart = "() {";
constexpr std::size_t kParentheses = 2;

bool is_line_break(char c) {
  return c == '\r' || c == '\n';
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\0' || is_line_break(c);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// Three searches of one byte each are several times as fast as one search of three.
bool is_clean(std::string_view text) {
  return text.find('\n') == text.npos && text.find('\r') == text.npos &&
         text.find('\0') == text.npos;
}

void append_white_space(std::string& out, std::string_view run) {
  bool has_break = false;
  for (const char c : run) {
    has_break = has_break || is_line_break(c);
  }
  if (has_break) {
    out += ' ';
    return;
  }
  for (const char c : run) {
    out += c == '\0' ? ' ' : c;
  }
}

void append_mended(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t run = at;
    const bool space = is_space(text[at]);
    while (at < text.size() && is_space(text[at]) == space) {
      ++at;
    }
    const std::string_view part = text.substr(run, at - run);
    if (space) {
      append_white_space(out, part);
    } else {
      out += part;
    }
  }
}

}  // namespace

void append_value_text(std::string& out, std::string_view raw, bool bash_safety) {
  const std::size_t start = out.size();
  const std::string_view text = trimmed(raw);
  if (is_clean(text)) {
    out += text;
  } else {
    append_mended(out, text);
  }
  // On what a program would get: mending can make `() {` of what was none.
  if (bash_safety && std::string_view(out).substr(start).starts_with(kFunctionStart)) {
    out.erase(start, kParentheses);
  }
}

}  // namespace kamexec::request
