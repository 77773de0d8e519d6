// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/program_options.h"

#include <algorithm>
#include <string_view>

namespace kamexec::command::taint {
namespace {

OptionKind kind_of(const KnownProgram& known, std::string_view option) {
  return lists(known.code, option)       ? OptionKind::code
         : lists(known.programs, option) ? OptionKind::program
         : lists(known.values, option)   ? OptionKind::value
         : lists(known.pairs, option)    ? OptionKind::pair
                                         : OptionKind::none;
}

/// The option of @p list that "--exec" is short for; empty: none.
std::string_view long_name(std::string_view list, std::string_view beginning) {
  constexpr std::size_t kShortest = 4;
  for (std::size_t at = 0; beginning.size() >= kShortest && at < list.size();) {
    const std::size_t end = std::min(list.find(' ', at), list.size());
    if (list.substr(at, end - at).starts_with(beginning)) {
      return list.substr(at, end - at);
    }
    at = end + 1;
  }
  return {};
}

OptionKind kind_of_long(const KnownProgram& known, std::string_view name) {
  if (const OptionKind exact = kind_of(known, name); exact != OptionKind::none) {
    return exact;
  }
  for (const std::string_view list : {known.code, known.programs, known.values}) {
    if (const std::string_view full = long_name(list, name); !full.empty()) {
      return kind_of(known, full);
    }
  }
  return OptionKind::none;
}

/// Letters in one word, -xc; a letter's value is the rest of the word, or the next one.
void read_letters(const KnownProgram& known, const Argument& arg, Option& option) {
  const std::string& text = arg.beginning;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const std::string letter = {text[0], text[i]};
    option.is_first_code = option.is_first_code || lists(known.first_code, letter);
    option.is_input = option.is_input || lists(known.input_options, letter);
    option.kind = lists(known.first_code, letter) ? OptionKind::none : kind_of(known, letter);
    if (option.kind != OptionKind::none) {
      option.name = letter;
      // Shells take the next word whatever stands behind the letter.
      option.attached = known.first_code.empty() && (i + 1 < text.size() || !arg.is_fixed);
      if (known.first_code.empty()) {
        return;
      }
    }
  }
  option.is_open = !arg.is_fixed && option.kind == OptionKind::none;
}

}  // namespace

bool is_option(const Argument& arg) {
  return arg.beginning.starts_with("-") && (arg.beginning.size() > 1 || !arg.is_fixed);
}

Option read_option(const KnownProgram& known, const Argument& arg) {
  Option option;
  const std::string& text = arg.beginning;
  option.name = text;
  const std::size_t equals = text.find('=');
  const bool is_long = text.starts_with("--");
  if (arg.is_fixed && kind_of(known, text) != OptionKind::none) {
    option.kind = kind_of(known, text);
    return option;
  }
  option.is_input = lists(known.input_options, text);
  if (equals != std::string::npos) {
    option.name = text.substr(0, equals);
    option.kind = is_long ? kind_of_long(known, option.name) : kind_of(known, option.name);
    option.attached = true;
    if (is_long || option.kind != OptionKind::none) {
      return option;
    }
    option.attached = false;
  }
  if (is_long) {
    option.is_open = !arg.is_fixed;
    option.kind = arg.is_fixed ? kind_of_long(known, text) : OptionKind::none;
    return option;
  }
  option.name = text;
  read_letters(known, arg, option);
  return option;
}

}  // namespace kamexec::command::taint
