// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/completions/completions.h"
#include "tool/completions/quoting.h"

namespace kamexec::tool {
namespace {

// The cases of the script's three tables, each keyed by the command that has been typed so far.
struct Tables {
  std::string steps;   // "command word": the command that the word leads to, or a value to skip
  std::string values;  // "command option": how its value is completed
  std::string words;   // "command": what may follow it
};

std::string completed_with(const ValueKind& kind) {
  switch (kind.source) {
    case ValueKind::Source::words:
      return "choices=" + shell_word(joined(kind.words, " "));
    case ValueKind::Source::directories:
      return "compopt -o dirnames";
    case ValueKind::Source::files:
      return "compopt -o default";
    case ValueKind::Source::nothing:
      break;
  }
  return ":";
}

void add(Tables& tables, const CommandFacts& command, const std::string& path) {
  std::vector<std::string> options;
  for (const OptionFacts& option : command.options) {
    options.insert(options.end(), option.names.begin(), option.names.end());
    if (option.takes_value) {
      std::vector<std::string> keys;
      for (const std::string& name : option.names) {
        keys.push_back(shell_word(path + ' ' + name));
      }
      const std::string any = joined(keys, " | ");
      tables.steps += "      " + any + ") skip=1 ;;\n";
      tables.values += "    " + any + ") " + completed_with(option.value) + "; found=1 ;;\n";
    }
  }
  std::vector<std::string> words;
  for (const CommandFacts& below : command.commands) {
    words.push_back(below.name);
    const std::string next = path + (path.empty() ? "" : "/") + below.name;
    tables.steps +=
        "      " + shell_word(path + ' ' + below.name) + ") command=" + shell_word(next) + " ;;\n";
    add(tables, below, next);
  }
  std::string other;
  for (const ArgumentFacts& argument : command.arguments) {
    // Which of several arguments a word is, bash need not know: what fits any is offered.
    if (argument.value.source == ValueKind::Source::words) {
      words.insert(words.end(), argument.value.words.begin(), argument.value.words.end());
    } else {
      other = "; " + completed_with(argument.value);
    }
  }
  tables.words += "    " + shell_word(path) + ") options=" + shell_word(joined(options, " ")) +
                  " choices=" + shell_word(joined(words, " ")) + other + " ;;\n";
}

}  // namespace

std::string bash_completion(const CommandFacts& tool) {
  Tables tables;
  add(tables, tool, "");
  return "# bash completion for kamexec; written by: kamexec completions bash\n"
         "_kamexec() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "  local command= skip= found= options= choices= word index\n"
         "  COMPREPLY=()\n"
         "  for ((index = 1; index < COMP_CWORD; ++index)); do\n"
         "    word=${COMP_WORDS[index]}\n"
         "    [[ $word != = ]] || continue # bash splits --option=value at the sign\n"
         "    if [[ -n $skip ]]; then skip=; continue; fi\n"
         "    case \"$command $word\" in\n" +
         tables.steps +
         "    esac\n"
         "  done\n"
         "  if [[ $current = = ]]; then\n"
         "    current=\n"
         "  elif [[ $previous = = ]]; then\n"
         "    previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "  fi\n"
         "  case \"$command $previous\" in\n" +
         tables.values +
         "  esac\n"
         "  [[ -n $found ]] || case $command in\n" +
         tables.words +
         "  esac\n"
         "  [[ $current != -* ]] || choices=$options\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$current\")\n"
         "}\n"
         "complete -F _kamexec kamexec\n";
}

}  // namespace kamexec::tool
