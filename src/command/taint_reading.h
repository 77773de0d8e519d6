// SPDX-License-Identifier: GPL-2.0-or-later
// One program of the table while its arguments are read. Used by taint_arguments.cpp and
// taint_wrappers.cpp alone.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "command/program_options.h"
#include "command/taint_state.h"

namespace kamexec::command::taint {

struct Follower::Reading {
  const KnownProgram& known;
  const Arguments& args;
  Taint input = kClean;
  int wrappers = 0;
  std::string name;
  std::size_t at = 1;
  unsigned operands = 0;
  bool options_ended = false;
  bool has_code = false;
  bool has_script = false;
  bool is_first_code = false;
  bool input_is_code = false;
  Taint output = kClean;

  [[nodiscard]] const Argument& arg() const { return args[at]; }
  /// Each word is looked at twice, and each letter that may be an option is looked for in lists.
  [[nodiscard]] std::size_t work() const {
    std::size_t work = 0;
    for (const Argument& arg : args) {
      work += 2 * (is_option(arg) ? kLookUp + kLookUp * arg.beginning.size() : 1);
    }
    return work;
  }
  [[nodiscard]] Arguments rest() const {
    return {args.begin() + static_cast<std::ptrdiff_t>(at), args.end()};
  }
  /// What an operand is can hang on options behind it.
  void look_ahead() {
    for (std::size_t i = 1; i < args.size() && args[i].literal != "--"; ++i) {
      if (!known.first_code.empty() && args[i].beginning.starts_with("+")) {
        continue;
      }
      if (!is_option(args[i])) {
        if (!known.options_anywhere && known.operands[0] != 'd' && known.operands[0] != 'u') {
          return;
        }
        continue;
      }
      const Option option = read_option(known, args[i]);
      is_first_code = is_first_code || option.is_first_code;
      input_is_code = input_is_code || option.is_input;
      has_code = has_code || option.kind == OptionKind::code;
      has_script = has_script || (option.kind == OptionKind::program &&
                                  lists("-f --file --exec -E --from-file -S", option.name));
      i += option.kind != OptionKind::none && !option.attached ? 1 : 0;
    }
  }
  [[nodiscard]] char letter() const {
    const bool with_code = has_code || has_script || is_first_code;
    const std::string_view letters =
        with_code && !known.operands_with_code.empty() ? known.operands_with_code : known.operands;
    return letters[std::min<std::size_t>(operands, letters.size() - 1)];
  }
};

}  // namespace kamexec::command::taint
