// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/script_calls.h"

#include <algorithm>
#include <set>

#include "base/printable.h"
#include "tool/check/exec_functions.h"
#include "tool/check/lexer.h"
#include "tool/check/read_text.h"

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kMostCalls = 10'000;
constexpr std::size_t kShownLine = 200;

/// Whether the line begins with a comment sign of one of the languages.
bool is_comment(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.substr(0, 2) == "--" || line.substr(0, 2) == "//" || line.substr(0, 1) == "#";
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

/// The literal that is the whole first argument behind the '(' at @p at, if it is one. A backslash
/// in it means something else in each language.
bool take_literal(std::string_view text, std::size_t at, std::string& into) {
  if (at >= text.size() || text[at] != '(') {
    return false;
  }
  const std::size_t begin = skip_blanks(text, at + 1);
  if (begin >= text.size() || (text[begin] != '"' && text[begin] != '\'')) {
    return false;
  }
  const std::size_t end = text.find_first_of(std::string("\\\n") + text[begin], begin + 1);
  if (end == std::string_view::npos || text[end] != text[begin]) {
    return false;
  }
  const std::size_t after = skip_blanks(text, end + 1);
  if (after >= text.size() || (text[after] != ')' && text[after] != ',')) {
    return false;
  }
  into = text.substr(begin + 1, end - begin - 1);
  return true;
}

}  // namespace

std::string_view without_values(std::string_view name) {
  const std::size_t size = name.size();
  const bool has = size > 3 && name.substr(size - 3, 2) == "_p" && name[size - 1] >= '0' &&
                   name[size - 1] <= '9';
  return name.substr(0, size - (has ? 3 : 0));
}

std::vector<ScriptCall> find_script_calls(std::string_view text, std::uint32_t file) {
  std::vector<ScriptCall> calls;
  std::uint32_t number = 0;
  for (std::size_t begin = 0; begin < text.size() && calls.size() < kMostCalls;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    ++number;
    for (std::size_t at = line.find("exec_"); at != std::string_view::npos && !is_comment(line);) {
      std::size_t size = 0;
      while (at + size < line.size() && is_word_byte(static_cast<unsigned char>(line[at + size]))) {
        ++size;
      }
      const std::string_view name = line.substr(at, size);
      const bool begins = at == 0 || !is_word_byte(static_cast<unsigned char>(line[at - 1]));
      if (begins && is_exec_function(without_values(name))) {
        ScriptCall call{
            {file, number, static_cast<std::uint32_t>(at + 1)}, std::string(name), false, {}};
        call.is_literal = take_literal(text, skip_blanks(text, begin + at + size), call.text);
        if (!call.is_literal) {
          call.text = line.substr(0, kShownLine);
        }
        calls.push_back(std::move(call));
      }
      at = line.find("exec_", at + size);
    }
    begin = end + 1;
  }
  return calls;
}

std::vector<ScriptCall> read_scripts(Configuration& configuration) {
  std::vector<ScriptCall> calls;
  std::set<std::string> seen;
  for (const Script& script : configuration.scripts) {
    if (!seen.insert(script.path).second) {
      continue;
    }
    const std::string shown = printable(script.path, 400);
    const Result<std::string> text = read_text(script.path);
    if (!text) {
      configuration.notes.push_back({Note::Severity::unseen, script.location,
                                     "the script " + shown + " of " + script.module +
                                         " can't be read: its exec calls are not seen"});
      continue;
    }
    configuration.files.push_back(script.path);
    const auto file = static_cast<std::uint32_t>(configuration.files.size() - 1);
    std::vector<ScriptCall> found = find_script_calls(*text, file);
    configuration.notes.push_back(
        {Note::Severity::unseen, script.location,
         "the script " + shown + " of " + script.module +
             " is not parsed: " + std::to_string(found.size()) +
             " names of exec functions were found in it; other ways to call them are not seen"});
    std::move(found.begin(), found.end(), std::back_inserter(calls));
  }
  return calls;
}

}  // namespace kamexec::tool::check
