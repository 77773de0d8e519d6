// SPDX-License-Identifier: GPL-2.0-or-later
// zsh's own helper, _arguments, is given one specification for each option (zshcompsys(1)).
#include "tool/completions/completions.h"
#include "tool/completions/quoting.h"

namespace kamexec::tool {
namespace {

// What follows the colon of a specification: "message:action".
std::string completed_with(const std::string& what, const ValueKind& kind) {
  std::string message = ':' + escaped(what, "\\:") + ':';
  switch (kind.source) {
    case ValueKind::Source::words:
      return message + '(' + joined(kind.words, " ") + ')';
    case ValueKind::Source::directories:
      return message + "_files -/";
    case ValueKind::Source::files:
      return message + "_files";
    case ValueKind::Source::nothing:
      break;
  }
  return message;
}

std::string option_lines(const OptionFacts& option) {
  const std::string others = option.repeats ? "*" : '(' + joined(option.names, " ") + ')';
  std::string lines;
  for (const std::string& name : option.names) {
    // A long option's value may follow "=" or be the next word; a short one's may be joined to it.
    const std::string_view sign = !option.takes_value ? "" : name.starts_with("--") ? "=" : "+";
    std::string spec =
        others + name + std::string(sign) + '[' + escaped(option.description, "\\[]:") + ']';
    if (option.takes_value) {
      spec += completed_with("value", option.value);
    }
    lines += "    " + shell_word(spec) + " \\\n";
  }
  return lines;
}

std::string functions_of(const CommandFacts& command, const std::string& function) {
  std::string text = function + "() {\n";
  text += "  local curcontext=$curcontext state line\n  typeset -A opt_args\n";
  text += "  _arguments -s -C \\\n";
  for (const OptionFacts& option : command.options) {
    text += option_lines(option);
  }
  if (command.commands.empty()) {
    for (const ArgumentFacts& argument : command.arguments) {
      text += "    " +
              shell_word((argument.repeats ? "*" : "") +
                         completed_with(argument.name, argument.value)) +
              " \\\n";
    }
    return text + "    && return\n}\n";
  }
  text += "    ': :->command' '*:: :->words' && return\n  case $state in\n    command)\n";
  text += "      local -a commands=(\n";
  std::string cases;
  std::string below;
  for (const CommandFacts& next : command.commands) {
    text += "        " +
            shell_word(escaped(next.name, "\\:") + ':' + escaped(next.description, "\\")) + "\n";
    cases += "        " + shell_word(next.name) + ") " + function + '_' + next.name + " ;;\n";
    below += functions_of(next, function + '_' + next.name);
  }
  text += "      )\n      _describe -t commands command commands\n      ;;\n    words)\n";
  text += "      case $line[1] in\n" + cases + "      esac\n      ;;\n  esac\n}\n";
  return text + below;
}

}  // namespace

std::string zsh_completion(const CommandFacts& tool) {
  return "#compdef kamexec\n# Written by: kamexec completions zsh\n" +
         functions_of(tool, "_kamexec") +
         // From $fpath the file is the function's body at its first call; else it is sourced.
         "if [[ ${funcstack[1]} = _kamexec ]]; then\n"
         "  _kamexec \"$@\"\n"
         "else\n"
         "  compdef _kamexec kamexec\n"
         "fi\n";
}

}  // namespace kamexec::tool
