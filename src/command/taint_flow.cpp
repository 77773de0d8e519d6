// SPDX-License-Identifier: GPL-2.0-or-later
// How values flow from command to command: pipes, groups, files, assignments.
#include <algorithm>

#include "command/evaluations.h"
#include "command/taint_state.h"

namespace kamexec::command::taint {
namespace {

bool is_standard_input(const std::string& name) {
  return name == "/dev/stdin" || name == "/dev/fd/0" || name == "/proc/self/fd/0";
}

constexpr std::string_view kNameBytes =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// NAME of NAME=…, NAME+=… and NAME[…]=…
std::string assigned_name(const std::string& text) {
  return text.substr(0, text.find_first_of("=+["));
}

/// Of looking at the words: what they are made of, and their bytes.
std::size_t work_of(const std::vector<ScannedWord>& words) {
  constexpr std::size_t kBytes = 16;  // that are copied in a step
  constexpr std::size_t kWord = 6;
  constexpr std::size_t kPart = 2;
  std::size_t work = 0;
  for (const ScannedWord& word : words) {
    work += kWord;
    for (const WordPart& part : word.parts) {
      work += kPart + part.text.size() / kBytes;
    }
  }
  return work;
}

std::size_t work_of(const SimpleCommand& command) {
  constexpr std::size_t kCommand = 8;
  constexpr std::size_t kFile = 6;
  return kCommand + work_of(command.words) + work_of(command.assignments) +
         work_of(command.elements) + work_of(command.input) + kFile * command.files.size();
}

}  // namespace

void follow(State& state, Text& text) {
  Follower(state, text).all();
}

void Follower::all() {
  if (!state_.spend(text_.scan.groups.size() + text_.scan.commands.size())) {
    return;
  }
  for (std::size_t i = 0; i < text_.scan.groups.size(); ++i) {
    if (!text_.scan.groups[i].function.empty()) {
      state_.functions.try_emplace(text_.scan.groups[i].function, &text_, i);
    }
  }
  group_inputs();
  for (std::size_t i = 0; i < text_.scan.commands.size() && !state_.is_spent(); ++i) {
    command(i);
  }
  command_ = nullptr;
  group_outputs();
  computations();
}

/// What the part before it in the pipeline prints.
Taint Follower::before(const InPipeline& place) const {
  if (place.position == 0) {
    return kClean;
  }
  const PipelinePart& part = text_.scan.pipelines[place.pipeline][place.position - 1];
  return part.is_group ? text_.group_output[part.index] : text_.command_output[part.index];
}

Taint Follower::of_file(const ScannedWord& word) const {
  return either(of_word(word), state_.file(text_of(word)));
}

Taint Follower::input_of(const std::vector<Redirected>& files,
                         const std::vector<ScannedWord>& input, const InPipeline& place) const {
  Taint taint = kClean;
  bool is_redirected = !input.empty();
  for (const ScannedWord& word : input) {
    taint = either(taint, of_word(word));
  }
  for (const Redirected& file : files) {
    if (!file.is_input || file.descriptor > 0) {
      continue;
    }
    const std::string name = file.file.literal();
    is_redirected = is_redirected || (!is_standard_input(name) && name != "0");
    taint = either(taint, of_file(file.file));
    if (file.is_descriptor) {
      const auto known = state_.descriptors.find(name.empty() ? -1 : std::atoi(name.c_str()));
      taint = either(taint, state_.file("&" + name));
      taint = known == state_.descriptors.end() ? taint : either(taint, state_.file(known->second));
    }
  }
  if (is_redirected) {
    return taint;
  }
  taint = either(taint, before(place));
  return place.position > 0 || place.group == InPipeline::kNone
             ? taint
             : either(taint, text_.group_input[place.group]);
}

Taint Follower::input_of(const SimpleCommand& command) const {
  return input_of(command.files, command.input, command.place);
}

/// A group stands behind the one around it.
void Follower::group_inputs() {
  for (std::size_t i = 0; i < text_.scan.groups.size(); ++i) {
    const Group& group = text_.scan.groups[i];
    if (i == 0) {
      state_.mark(text_.group_input[i], text_.input);
    } else if (group.kind == Group::Kind::substitution) {
      state_.mark(text_.group_input[i], text_.group_input[group.place.group]);
    } else if (group.function.empty()) {
      state_.mark(text_.group_input[i], input_of(group.files, group.input, group.place));
    } else {
      InPipeline nowhere;
      state_.mark(text_.group_input[i], input_of(group.files, group.input, nowhere));
    }
  }
}

/// Only the last part of a pipeline prints where the group around it does.
void Follower::group_outputs() {
  const auto add = [this](const InPipeline& place, Taint output) {
    if (place.group != InPipeline::kNone && place.pipeline != InPipeline::kNone &&
        place.position + 1 == text_.scan.pipelines[place.pipeline].size()) {
      state_.mark(text_.group_output[place.group], output);
    }
  };
  for (std::size_t i = 0; i < text_.scan.commands.size(); ++i) {
    add(text_.scan.commands[i].place, text_.command_output[i]);
  }
  for (std::size_t i = text_.scan.groups.size(); i-- > 1;) {
    const Group& group = text_.scan.groups[i];
    const Taint output = redirected(group.files, text_.group_output[i], false);
    if (group.kind == Group::Kind::compound && group.function.empty()) {
      add(group.place, output);
    }
  }
}

Taint Follower::redirected(const std::vector<Redirected>& files, Taint output, bool is_exec) {
  Taint left = output;
  for (const Redirected& file : files) {
    const std::string name = text_of(file.file);
    if (is_exec && file.descriptor > 2 && !file.is_descriptor) {
      state_.descriptors.try_emplace(file.descriptor, name);
    }
    for (const WordPart& part : file.file.parts) {
      if (part.kind == WordPart::Kind::substitution && part.operation == '>') {
        state_.mark(text_.group_input[part.group], output);
      }
    }
    if (file.is_input || (file.descriptor > 2 && !is_exec) || name.starts_with("/dev/std") ||
        name.starts_with("/dev/fd/")) {
      continue;
    }
    if (file.is_descriptor && is_number(name)) {
      const auto known = state_.descriptors.find(std::atoi(name.c_str()));
      if (known != state_.descriptors.end()) {
        state_.mark_file(known->second, output);
      }
      state_.mark_file("&" + name, output);
      left = name == "2" && file.descriptor != 2 ? kClean : left;
      continue;
    }
    state_.mark_file(name, output);
    left = file.descriptor == 2 ? left : kClean;
  }
  return left;
}

void Follower::note_constant(const std::string& name, const std::string& text) {
  constexpr std::size_t kMostTexts = 8;
  std::set<std::string>& texts = state_.constants[name];
  if (texts.size() < kMostTexts && texts.insert(text).second) {
    state_.changed = true;
  }
}

void Follower::assign(const ScannedWord& word, bool exports) {
  const std::string text = word.beginning();
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return;
  }
  const std::string name = assigned_name(text);
  const Taint taint = of_word(word);
  set_variable(name, taint, word.origin);
  if (exports) {
    state_.exported.insert(name);
  }
  if (!word.has_expansion && !word.has_value()) {
    note_constant(name, word.literal().substr(equals + 1));
  }
}

void Follower::set_variable(const std::string& name, Taint taint, std::uint32_t origin) {
  state_.mark_variable(name, taint);
  if (is_decisive(name)) {
    report(taint, origin, name, name + " decides which programs run or how text is read", name,
           "keep this variable fixed");
  }
  if (state_.integers.contains(name)) {
    report(taint, origin, "declare -i " + name,
           "bash evaluates it as arithmetic, and runs commands in it", "arithmetic",
           "check that it is a number first: use {s.int}");
  }
}

/// for NAME in WORDS; without WORDS it goes over "$@".
void Follower::loop_head(const SimpleCommand& command) {
  if (command.words.size() < 2) {
    return;
  }
  const std::string name = command.words[1].literal();
  Taint taint = command.words.size() == 2 ? text_.positional : kClean;
  for (std::size_t i = 3; i < command.words.size(); ++i) {
    taint = either(taint, of_word(command.words[i]));
    if (const std::string text = command.words[i].fixed(); !text.empty()) {
      note_constant(name, text);
    }
  }
  set_variable(name, taint, command.words[1].origin);
}

void Follower::command(std::size_t index) {
  const SimpleCommand& command = text_.scan.commands[index];
  if (!state_.spend(work_of(command))) {
    return;
  }
  command_ = &command;
  const Taint input = input_of(command);
  if (command.is_loop_head) {
    loop_head(command);
    return;
  }
  Taint elements = kClean;
  for (const ScannedWord& word : command.elements) {
    elements = either(elements, of_word(word));
  }
  for (const ScannedWord& word : command.assignments) {
    assign(word, !command.words.empty());
    note_expansions(word, kClean);
    if (word.literal().ends_with('=')) {
      state_.mark_variable(assigned_name(word.beginning()), elements);
    }
  }
  Arguments args;
  for (const ScannedWord& word : command.words) {
    args.push_back(argument_of(word));
    note_expansions(word, input);
    if (word.literal().ends_with('=')) {
      state_.mark_variable(assigned_name(word.beginning()), elements);
    }
  }
  Taint output = kClean;
  bool is_exec = false;
  if (args.empty()) {
    output = input;  // $(<FILE)
  } else if (command.in_double_brackets || args[0].literal == "[[") {
    state_.mark_variable("BASH_REMATCH", any_of(args, 1));
  } else if (assigns_element(command.words[0])) {
    set_variable(assigned_name(args[0].beginning), any_of(args, 0), args[0].origin);
  } else if (args[0].literal != "case" || !args[0].is_fixed) {
    is_exec = args[0].literal == "exec";
    output = run(args, input, 0);
    state_.mark_variable("_", any_of(args, 0));
  }
  state_.mark(text_.command_output[index], redirected(command.files, output, is_exec));
}

/// What the shell computes with: bash and ksh run commands that such a variable holds.
void Follower::computations() {
  if (!state_.reports || state_.is_spent()) {
    return;
  }
  for (const Computation& computation : text_.scan.computations) {
    if (!state_.spend(1 + computation.parts.size())) {
      return;
    }
    for (const WordPart& part : computation.parts) {
      if (part.kind != WordPart::Kind::value) {
        report(of_part(part), computation.origin, "$(( ))",
               "bash and ksh evaluate it as arithmetic, and run commands in it (a[$(command)])",
               "arithmetic", "use {s.int}, or calculate with the server's own operators");
      }
    }
  }
  const auto of_computed = [this](const ScannedWord& word, bool computes) {
    Taint taint = of_word(word);
    const std::string text = computes ? word.literal() : std::string();
    for (std::size_t at = 0; at < text.size() && taint == kClean && state_.spend(1);) {
      const std::size_t end = std::min(text.find_first_not_of(kNameBytes, at), text.size());
      if (end > at && (text[at] < '0' || text[at] > '9')) {
        taint = of_parameter(text.substr(at, end - at));
      }
      at = std::max(end, at + 1);
    }
    return taint;
  };
  // A value itself is refused where the text is prepared.
  const auto is_callers = [&](const ScannedWord& word, bool computes) {
    return of_computed(word, computes) != kClean && word.any_value() < 0;
  };
  for (const Evaluation& evaluation : find_evaluations(text_.scan, is_callers)) {
    report(of_computed(*evaluation.word, true), evaluation.word->origin, evaluation.by,
           evaluation.what, "arithmetic", evaluation.remedy);
  }
}

void Follower::report(Taint taint, std::uint32_t origin, const std::string& sink,
                      const std::string& what, const std::string& program,
                      std::string_view remedy) {
  if (taint == kClean || !state_.reports || state_.found.size() >= Scan::kMostErrors) {
    return;
  }
  Interpreted place;
  place.origin = text_.depth > 0 ? text_.origin : origin;
  place.variable = state_.traces.variable_of(taint);
  place.source = state_.traces.source_of(taint);
  const auto same = [&](const Interpreted& one) {
    return one.origin == place.origin && one.source == place.source;
  };
  if (std::any_of(state_.found.begin(), state_.found.end(), same)) {
    return;
  }
  place.program = program;
  place.message = what + " (" + state_.traces.way(taint, sink) + ")";
  place.remedy = std::string(remedy.empty() ? "keep the program's name fixed" : remedy);
  state_.found.push_back(std::move(place));
}

}  // namespace kamexec::command::taint
