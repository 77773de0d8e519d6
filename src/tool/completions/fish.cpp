// SPDX-License-Identifier: GPL-2.0-or-later
// One line of fish's complete(1) for each option, under the condition that its command was typed.
#include "tool/completions/completions.h"
#include "tool/completions/quoting.h"

namespace kamexec::tool {
namespace {

std::string fish_word(std::string_view text) {
  return '\'' + escaped(text, "\\'") + '\'';
}

std::string completed_with(const ValueKind& kind) {
  switch (kind.source) {
    case ValueKind::Source::words:
      return " -a " + fish_word(joined(kind.words, " "));
    case ValueKind::Source::directories:
      return " -a '(__fish_complete_directories)'";
    case ValueKind::Source::files:
      return " -F";
    case ValueKind::Source::nothing:
      break;
  }
  return "";
}

std::string option_line(const std::string& start, const OptionFacts& option) {
  std::string line = start;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + fish_word(name.substr(2))
                                   : " -s " + fish_word(name.substr(1));
  }
  if (option.takes_value) {
    const bool files = option.value.source == ValueKind::Source::files;
    line += (files ? " -r" : " -x") + completed_with(option.value);
  }
  return line + " -d " + fish_word(option.description) + '\n';
}

// @p seen are the conditions that the commands so far were typed.
std::string lines_of(const CommandFacts& command, const std::string& seen) {
  std::vector<std::string> names;
  for (const CommandFacts& below : command.commands) {
    names.push_back(below.name);
  }
  std::string here = seen;
  if (!names.empty()) {
    here +=
        (seen.empty() ? "" : "; and ") + ("not __fish_seen_subcommand_from " + joined(names, " "));
  }
  const std::string start = "complete -c kamexec" + (here.empty() ? "" : " -n " + fish_word(here));
  std::string text;
  for (const OptionFacts& option : command.options) {
    text += option_line(start, option);
  }
  for (const ArgumentFacts& argument : command.arguments) {
    const std::string with = completed_with(argument.value);
    text += with.empty() ? "" : start + with + '\n';
  }
  for (const CommandFacts& below : command.commands) {
    text += start + " -a " + fish_word(below.name) + " -d " + fish_word(below.description) + '\n';
    text += lines_of(
        below, seen + (seen.empty() ? "" : "; and ") + "__fish_seen_subcommand_from " + below.name);
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandFacts& tool) {
  return "# Written by: kamexec completions fish\ncomplete -c kamexec -f\n" + lines_of(tool, "");
}

}  // namespace kamexec::tool
