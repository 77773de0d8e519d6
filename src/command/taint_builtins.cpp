// SPDX-License-Identifier: GPL-2.0-or-later
// The shell's own commands that keep values: read, export, set, cd.
#include "command/taint_state.h"

namespace kamexec::command::taint {

void Follower::declaration(const Arguments& args, bool exports) {
  const bool computes = has_option(args, 'i');
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i].beginning.starts_with("-") || args[i].beginning.starts_with("+")) {
      continue;
    }
    if (computes) {
      state_.integers.insert(args[i].beginning.substr(0, args[i].beginning.find('=')));
    }
    if (exports && args[i].is_fixed) {
      state_.exported.insert(args[i].literal.substr(0, args[i].literal.find('=')));
    }
    if (args[i].word != nullptr) {
      assign(*args[i].word, exports);
    }
  }
}

void Follower::read_builtin(const Arguments& args, Taint input) {
  constexpr std::string_view kWithValue = "adinNptu";
  bool has_name = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::string& text = args[i].literal;
    if (text.size() > 1 && text[0] == '-') {
      const bool takes = kWithValue.find(text.back()) != std::string_view::npos;
      if (takes && text.back() == 'a' && i + 1 < args.size()) {
        state_.mark_variable(args[i + 1].literal, input);
        has_name = true;
      }
      if (text.find('u') != std::string::npos) {
        // Another descriptor than standard input.
        const std::string number =
            text.back() == 'u' && i + 1 < args.size() ? args[i + 1].literal : text.substr(2);
        const auto known = state_.descriptors.find(std::atoi(number.c_str()));
        input = either(input, state_.file("&" + number));
        input =
            known == state_.descriptors.end() ? input : either(input, state_.file(known->second));
      }
      i += takes ? 1 : 0;
      continue;
    }
    has_name = true;
    set_variable(text, input, args[i].origin);
  }
  if (!has_name) {
    state_.mark_variable("REPLY", input);
  }
}

/// The shell's own commands that keep values. True: it is one.
bool Follower::builtin(const std::string& name, const Arguments& args, Taint input) {
  const Taint given = any_of(args, 1);
  if (name == "read") {
    read_builtin(args, input);
  } else if (name == "export" || name == "readonly" || name == "declare" || name == "typeset" ||
             name == "local") {
    declaration(args, name == "export" || has_option(args, 'x'));
  } else if (name == "set") {
    state_.mark_step(text_.positional, given, "$1");
  } else if (name == "cd" || name == "pushd" || name == "chdir") {
    state_.mark(state_.directory, given);
    state_.mark_variable("PWD", given);
    state_.mark_variable("OLDPWD", given);
  } else if (name == "getopts") {
    const Taint taken = either(given, text_.positional);
    state_.mark_variable("OPTARG", taken);
    state_.mark_variable(args.size() > 2 ? args[2].literal : "", taken);
  } else if (name == "let") {
    for (std::size_t i = 1; i < args.size(); ++i) {
      state_.mark_variable(args[i].beginning.substr(0, args[i].beginning.find('=')), args[i].taint);
    }
  } else if (name == "printf") {
    if (args.size() > 2 && args[1].literal == "-v") {
      set_variable(args[2].literal, any_of(args, 3), args[2].origin);
    }
  } else if (name == "mapfile" || name == "readarray") {
    state_.mark_variable(args.size() > 1 ? args.back().literal : "", input);
    state_.mark_variable("MAPFILE", input);
    return false;  // its -C takes code
  } else {
    return false;
  }
  return true;
}

}  // namespace kamexec::command::taint
