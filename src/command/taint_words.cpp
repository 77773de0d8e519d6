// SPDX-License-Identifier: GPL-2.0-or-later
// What a word holds.
#include <algorithm>

#include "command/taint_state.h"

namespace kamexec::command::taint {
namespace {

/// Of the environment that the module makes: hexadecimal digits, an address.
constexpr std::string_view kOwnVariables = "SIP_TID SIP_SRCIP";

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Taint Follower::of_parameter(const std::string& name) const {
  if (name == "@" || name == "*" || (is_digits(name) && (name != "0" || text_.depth > 0))) {
    return text_.positional;
  }
  if (name.size() == 1 && std::string_view("?#$!-0").find(name[0]) != std::string_view::npos) {
    return kClean;
  }
  const auto known = state_.variables.find(name);
  if (known != state_.variables.end() && known->second != kClean) {
    return known->second;
  }
  if (state_.options.environment_is_callers && name.starts_with("SIP_") &&
      !lists(kOwnVariables, name)) {
    Taint& place = state_.variables.try_emplace(name, kClean).first->second;
    place = state_.traces.source("$" + name, -1);
    state_.first_variable = either(state_.first_variable, place);
    state_.changed = true;
    return place;
  }
  return state_.anything;
}

Taint Follower::of_part(const WordPart& part) const {
  switch (part.kind) {
    case WordPart::Kind::fixed:
      return kClean;
    case WordPart::Kind::value:
      return state_.values[static_cast<std::size_t>(part.value)];
    case WordPart::Kind::substitution:
      return part.operation == '>' ? kClean : text_.group_output[part.group];
    case WordPart::Kind::parameter:
      break;
  }
  if (part.operation == 'L') {
    return kClean;  // a length
  }
  if (part.operation == '!') {
    return either(of_parameter(part.text), state_.any_variable());
  }
  return of_parameter(part.text);
}

Taint Follower::of_word(const ScannedWord& word) const {
  for (const WordPart& part : word.parts) {
    if (const Taint taint = of_part(part); taint != kClean) {
      return taint;
    }
  }
  return kClean;
}

std::string Follower::text_of(const ScannedWord& word) const {
  std::string text;
  for (const WordPart& part : word.parts) {
    switch (part.kind) {
      case WordPart::Kind::fixed:
        text += part.text;
        break;
      case WordPart::Kind::value:
        text += "x";
        break;
      case WordPart::Kind::parameter:
        text += "${" + part.text + "}";
        break;
      case WordPart::Kind::substitution:
        text += "$()";
        break;
    }
  }
  return text;
}

Argument Follower::argument_of(const ScannedWord& word) const {
  Argument arg;
  arg.word = &word;
  arg.origin = word.origin;
  arg.literal = word.literal();
  arg.beginning = word.beginning();
  arg.key = text_of(word);
  arg.is_fixed = !word.has_expansion && !word.has_value();
  arg.is_pattern = word.has_pattern;
  arg.taint = of_word(word);
  for (const WordPart& part : word.parts) {
    const Taint taint = of_part(part);
    const bool is_split =
        part.kind != WordPart::Kind::fixed && part.kind != WordPart::Kind::value && !part.quoted;
    arg.is_appended = arg.is_appended || (part.value >= 0 && part.value == state_.appended);
    arg.splits = arg.splits || is_split || part.text == "@";
    if (taint != kClean && (&part == &word.parts.front() || is_split)) {
      arg.begins_tainted = true;
    }
  }
  return arg;
}

/// The texts that a word can be, where it is a variable that holds fixed texts alone.
std::vector<std::string> Follower::possible_texts(const ScannedWord& word) const {
  if (word.parts.size() != 1 || word.parts[0].kind != WordPart::Kind::parameter) {
    return {};
  }
  const auto known = state_.constants.find(word.parts[0].text);
  if (known == state_.constants.end()) {
    return {};
  }
  return {known->second.begin(), known->second.end()};
}

/// ${x:=word} assigns; >(…) reads what is written.
void Follower::note_expansions(const ScannedWord& word, Taint input) {
  const Taint taint = of_word(word);
  for (const WordPart& part : word.parts) {
    if (part.kind == WordPart::Kind::parameter && part.operation == '=') {
      state_.mark_variable(part.text, taint);
    }
    if (part.kind == WordPart::Kind::parameter && part.operation == 'P') {
      report(of_part(part), word.origin, "${" + part.text + "@P}", "bash runs the commands in it",
             "expansion", "avoid @P");
    }
    if (part.kind == WordPart::Kind::parameter && part.operation == '!') {
      report(of_parameter(part.text), word.origin, "${!" + part.text + "}",
             "bash takes it for a variable's name, and runs commands in the index of one",
             "expansion", "choose the variable with case");
    }
    if (part.kind == WordPart::Kind::substitution && part.operation == '>') {
      state_.mark(text_.group_input[part.group], either(taint, input));
    }
  }
}

}  // namespace kamexec::command::taint
