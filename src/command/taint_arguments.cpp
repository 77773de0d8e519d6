// SPDX-License-Identifier: GPL-2.0-or-later
// How programs of the table read their arguments.
#include <algorithm>

#include "command/interpreter_code.h"
#include "command/program_options.h"
#include "command/symbols.h"
#include "command/taint_reading.h"

namespace kamexec::command::taint {
namespace {

/// Bytes of code that are searched in a step of work.
constexpr std::size_t kSearched = 64;

/// KnownProgram::input_operands where standard input is code whatever the operands.
constexpr int kAlways = 1000;

/// NAME= in front of a word.
bool is_assignment(const Argument& arg) {
  const std::size_t equals = arg.beginning.find('=');
  return equals != std::string::npos && equals > 0 &&
         arg.beginning.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == equals;
}

bool names_standard_input(const std::string& file) {
  return file == "-" || file == "/dev/stdin" || file == "/dev/fd/0" || file == "/proc/self/fd/0";
}

}  // namespace

Taint Follower::run_known(const KnownProgram& known, const Arguments& args, Taint input,
                          int wrappers) {
  Reading reading{.known = known,
                  .args = args,
                  .input = input,
                  .wrappers = wrappers,
                  .name = file_key(args[0].literal)};
  if (known.operands[0] == 'f') {
    return find_commands(args, input, wrappers);
  }
  if (!state_.spend(reading.work())) {
    return kClean;
  }
  reading.look_ahead();
  bool goes_on = true;
  while (goes_on && reading.at < args.size()) {
    const Argument& arg = reading.arg();
    if (!reading.options_ended && arg.is_fixed && arg.literal == "--") {
      reading.options_ended = true;
      ++reading.at;
    } else if (!reading.options_ended && is_option(arg)) {
      option(reading);
    } else if (!reading.options_ended && !known.first_code.empty() &&
               arg.beginning.starts_with("+") && arg.taint == kClean) {
      reading.at += lists(known.values, arg.literal) ? 2U : 1U;  // sh +e
    } else if (!reading.options_ended && known.plus_is_code && arg.beginning.starts_with("+")) {
      report(arg.taint, arg.origin, reading.name + " +", reading.name + " reads it as code",
             reading.name, known.remedy);
      ++reading.at;
    } else {
      goes_on = operand(reading);
    }
  }
  for (std::size_t begin = 0; begin < known.reads.size();) {
    const std::size_t end = std::min(known.reads.find(' ', begin), known.reads.size());
    const std::string file(known.reads.substr(begin, end - begin));
    report(state_.file(file), args[0].origin, reading.name + " (" + file + ")",
           "it is written into a file that " + reading.name + " reads as code by itself",
           reading.name, known.remedy);
    begin = end + 1;
  }
  if (goes_on) {
    input_code(reading);
    if (reading.operands == 0 && known.operands == "a") {
      return output_of("env", {args[0]}, input);
    }
  }
  if (known.environment_is_code && command_ != nullptr) {
    for (const ScannedWord& word : command_->assignments) {
      report(of_word(word), word.origin, reading.name, reading.name + " reads it as code",
             reading.name, known.remedy);
    }
    for (auto name = state_.exported.begin();
         name != state_.exported.end() && state_.spend(kLookUp); ++name) {
      report(of_parameter(*name), args[0].origin, reading.name, reading.name + " reads it as code",
             reading.name, known.remedy);
    }
  }
  return goes_on ? either(reading.output, output_of(args[0].literal, args, input)) : reading.output;
}

void Follower::option(Reading& reading) {
  const Argument& arg = reading.arg();
  const Option option = read_option(reading.known, arg);
  const std::string label = reading.name + " " + option.name;
  ++reading.at;
  if (option.is_open && reading.known.options_run) {
    report(arg.taint, arg.origin, "an option of " + reading.name,
           "it may become an option, and options of " + reading.name + " run programs",
           reading.name, reading.known.remedy);
  }
  if (option.kind == OptionKind::none) {
    return;
  }
  const Argument* value = &arg;
  if (!option.attached) {
    if (reading.at >= reading.args.size()) {
      return;
    }
    value = &reading.arg();
    reading.at += option.kind == OptionKind::pair ? 2 : 1;
  }
  if (option.kind == OptionKind::code) {
    Argument text = *value;
    if (option.attached) {
      const std::size_t cut =
          arg.beginning.find('=') != std::string::npos && arg.beginning[1] == '-'
              ? arg.beginning.find('=') + 1
              : std::min(option.name.size(), text.key.size());
      text.literal.erase(0, std::min(cut, text.literal.size()));
      text.key.erase(0, std::min(cut, text.key.size()));
    }
    code(reading, text, label, reading.at);
    reading.options_ended = reading.options_ended || reading.known.code_ends_options;
  } else if (option.kind == OptionKind::program) {
    Argument file = *value;
    if (option.attached) {
      file.key.erase(0, std::min(file.key.size(), arg.beginning.find('=') == std::string::npos
                                                      ? option.name.size()
                                                      : arg.beginning.find('=') + 1));
      file.literal = file.key;
    }
    script(reading, file, label);
  }
}

/// False: what is left belongs to something else.
bool Follower::operand(Reading& reading) {
  const Argument& arg = reading.arg();
  const KnownProgram& known = reading.known;
  const char letter = reading.letter();
  if (known.options_run && !reading.options_ended && arg.begins_tainted && !arg.is_appended &&
      letter != 'c' && letter != 's' && letter != 'j') {
    report(arg.taint, arg.origin, "an option of " + reading.name,
           "it may be read as an option, and options of " + reading.name + " run programs",
           reading.name,
           known.remedy.empty() ? std::string_view("put -- before it") : known.remedy);
  }
  if (letter == 'a' && is_assignment(arg) && !arg.splits) {
    const std::string name = arg.beginning.substr(0, arg.beginning.find('='));
    state_.mark_variable(name, arg.taint);
    if (is_decisive(name)) {
      report(arg.taint, arg.origin, name, name + " decides which programs run", name,
             "keep this variable fixed");
    }
    reading.options_ended = true;
    ++reading.at;
    return true;
  }
  if ((letter == 'r' || letter == 'a' || letter == 'd') && arg.splits && arg.taint != kClean &&
      known.operands.find_first_of("ra") != std::string_view::npos) {
    report(arg.taint, arg.origin, "the program's name",
           "it is split into words, and one of them names the program that runs", reading.name,
           "put \"...\" around it");
    ++reading.at;
    return true;
  }
  ++reading.operands;
  reading.options_ended = reading.options_ended || !known.options_anywhere;
  switch (letter) {
    case 'c':
      ++reading.at;
      code(reading, arg, reading.name + (known.first_code.empty() ? "" : " -c"), reading.at);
      reading.has_code = true;
      return true;
    case 'j':
      joined_code(reading, reading.at);
      return false;
    case 's':
      ++reading.at;
      if (!(reading.input_is_code && lists(known.input_options, "-s"))) {
        script(reading, arg, reading.name);
        // ed and bc read commands whatever files they are given.
        reading.has_code = reading.has_code ||
                           (!names_standard_input(arg.literal) && known.input_operands < kAlways);
      }
      return true;
    case 'b':
      report(arg.begins_tainted ? arg.taint : kClean, arg.origin, reading.name,
             reading.name + " reads it as code", reading.name, known.remedy);
      ++reading.at;
      return true;
    case 'r':
    case 'a':
      if (!known.code.empty() && is_option(arg)) {
        --reading.operands;
        option(reading);
        return true;
      }
      reading.output = run(reading.rest(), reading.input, reading.wrappers + 1);
      return false;
    case 'x':
      reading.output = xargs(reading);
      return false;
    case 'w':
      reading.output = any_command(reading);
      return false;
    default:
      // flock FILE -c 'code', timeout 5 command: options between operands.
      reading.options_ended =
          reading.options_ended && known.operands.find('r') == std::string_view::npos;
      ++reading.at;
      return true;
  }
}

void Follower::script(Reading& reading, const Argument& arg, const std::string& label) {
  const std::string& name = arg.literal;
  report(arg.taint, arg.origin, label, "it names the file that " + label + " runs or loads",
         reading.name, "write the file's name into the text");
  report(state_.file(arg.key), arg.origin, label,
         "it is written into the file that " + label + " runs", reading.name, reading.known.remedy);
  if (arg.is_pattern && !state_.files.empty()) {
    report(state_.files.begin()->second, arg.origin, label,
           "it is written into a file that " + label + " may run", reading.name,
           "write the file's name into the text");
  }
  if (names_standard_input(name)) {
    report(reading.input, arg.origin, "standard input of " + reading.name,
           reading.name + " reads it as code", reading.name, reading.known.remedy);
  } else if (arg.is_fixed && !name.starts_with("/")) {
    report(state_.directory, arg.origin, "cd -> " + name, "it names the directory of the script",
           reading.name, "write the file's whole path");
  }
}

void Follower::code(Reading& reading, const Argument& arg, const std::string& label,
                    std::size_t next) {
  if (arg.taint != kClean) {
    report(arg.taint, arg.origin, label, label + " reads it as code", reading.name,
           reading.known.remedy);
    return;
  }
  const Taint data = any_of(reading.args, std::min(next, reading.args.size()));
  std::vector<std::string> texts;
  if (!arg.is_fixed && arg.word != nullptr) {
    texts = possible_texts(*arg.word);
  }
  if (texts.empty()) {
    texts.push_back(arg.key);
  }
  for (const std::string& text : texts) {
    fixed_code(reading, text, arg, data);
  }
}

/// What fixed code gets: arguments, standard input, the environment and files that it names.
Taint Follower::given_to(const Reading& reading, const std::string& code, Taint data) {
  Taint given = either(either(data, any_of(reading.args, 1)), reading.input);
  if (code.find("SIP_") != std::string::npos) {
    given = either(given, state_.environment);
  }
  for (auto name = state_.exported.begin(); given == kClean && name != state_.exported.end() &&
                                            state_.spend(kLookUp + code.size() / kSearched);
       ++name) {
    given = code.find(*name) == std::string::npos ? given : of_parameter(*name);
  }
  for (std::size_t i = 1; i < reading.args.size(); ++i) {
    given = either(given, state_.file(reading.args[i].key));  // which the program reads for it
  }
  for (const auto& [file, taint] : state_.files) {
    given = names_file(code, file) ? either(given, taint) : given;
  }
  return given;
}

/// Code of the operator's own, which may still run what it is given.
void Follower::fixed_code(Reading& reading, const std::string& code, const Argument& at,
                          Taint data) {
  if (reading.known.is_shell) {
    if (reading.name == "zsh" && zsh_expands_again(code)) {
      report(given_to(reading, code, data), at.origin, "zsh: ${(e)…}",
             "zsh runs the commands in the expansion of ${(e)…} and ${(P)…}", reading.name,
             "do without the flags e and P");
    }
    nested(code, at.origin, data, reading.input, reading.name != "eval" && reading.name != "trap");
    return;
  }
  const Taint given = given_to(reading, code, data);
  if (lists(reading.known.names, "sed") && sed_runs_its_input(code)) {
    report(given, at.origin, reading.name + ": e", "its command e runs its input", reading.name,
           "avoid the command e");
  }
  if (lists(reading.known.names, "perl") && perl_opens_operands(reading.args, code)) {
    report(data, at.origin, reading.name + " FILE",
           "it names a file for <>, and with | in the name perl runs it", reading.name,
           "let the shell open it: perl -ne '...' <VALUE");
  }
  if (lists(reading.known.names, "perl")) {
    const std::string word(perl_file_command(code));
    report(word.empty() ? kClean : given, at.origin, reading.name + ": " + word,
           "its text opens or runs a file with " + word + ", and perl runs a name with | in it",
           reading.name, "give open its mode: open(my $$f, \"<\", $$ARGV[0])");
  }
  const std::string_view runs = reading.known.runs;
  if (!state_.spend(given == kClean ? 0 : code.size() * runs.size() / (8 * kSearched))) {
    return;
  }
  for (std::size_t begin = 0; given != kClean && begin < runs.size();) {
    const std::size_t end = std::min(runs.find(' ', begin), runs.size());
    const std::string_view word = runs.substr(begin, end - begin);
    if (code.find(word) != std::string::npos) {
      report(given, at.origin, reading.name + ": " + std::string(word),
             "its text runs programs or code with " + std::string(word) + ", and gets the value",
             reading.name,
             "avoid that in the text, or put it into a script of its own that checks what it "
             "gets");
      return;
    }
    begin = end + 1;
  }
}

/// eval, ssh, watch: the words are put together and read as one text.
void Follower::joined_code(Reading& reading, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < reading.args.size(); ++i) {
    const Argument& arg = reading.args[i];
    report(arg.taint, arg.origin, reading.name, reading.name + " reads it as code", reading.name,
           reading.known.remedy);
    text += (text.empty() ? "" : " ") + (arg.is_fixed ? arg.literal : arg.key);
  }
  if (any_of(reading.args, from) == kClean && from < reading.args.size() &&
      reading.known.is_shell) {
    if (from + 1 == reading.args.size()) {
      code(reading, reading.args[from], reading.name, reading.args.size());
    } else {
      fixed_code(reading, text, reading.args[from], kClean);
    }
  }
  reading.output = either(reading.output, either(any_of(reading.args, from), reading.input));
  reading.at = reading.args.size();
}

void Follower::input_code(Reading& reading) {
  const KnownProgram& known = reading.known;
  const bool by_operands = known.input_operands >= 0 && !reading.has_code &&
                           !reading.is_first_code &&
                           reading.operands <= static_cast<unsigned>(known.input_operands);
  const bool by_option = reading.input_is_code && !reading.is_first_code;
  if (!by_operands && !by_option) {
    return;
  }
  report(reading.input, reading.args[0].origin, "standard input of " + reading.name,
         reading.name + " reads its standard input as code", reading.name,
         "write a program that reads it as data");
  if (known.is_shell && command_ != nullptr) {
    const Taint data = any_of(reading.args, 1);
    for (const ScannedWord& word : command_->input) {
      if (of_word(word) == kClean) {
        nested(text_of(word), word.origin, data, kClean, true);
      }
    }
  }
}

/// @p code is shell text of its own. @p own_frame: it has positional parameters of its own, @p
/// data.
void Follower::nested(const std::string& code, std::uint32_t origin, Taint data, Taint input,
                      bool own_frame) {
  if (text_.depth >= kDeepest || state_.nested >= kMostNested) {
    const Taint any = either(either(data, input), either(text_.positional, state_.any_variable()));
    report(any, origin, "a text in a text", "texts in texts are nested too deeply to be followed",
           "sh", "put this part into a script of its own");
    return;
  }
  // The text is its own key.
  constexpr std::size_t kCompared = 128;
  if (!state_.spend(kLookUp + code.size() / kCompared)) {
    return;
  }
  const std::string key = std::to_string(origin) + (own_frame ? "+" : "-") + code;
  std::unique_ptr<Text::Nested>& place = text_.nested[key];
  if (!place) {
    // Scanning it.
    if (!state_.spend(kLookUp + code.size())) {
      return;
    }
    ++state_.nested;
    state_.changed = true;
    place = std::make_unique<Text::Nested>(scan(symbols_of({{false, code}}), 0), text_.depth + 1);
    place->text.origin = text_.depth > 0 ? text_.origin : origin;
  }
  Text& text = place->text;
  state_.mark_step(text.positional, own_frame ? data : text_.positional, "$1");
  state_.mark(text.input, input);
  follow(state_, text);
  if (!own_frame) {
    state_.mark(text_.positional, text.positional);
  }
}

}  // namespace kamexec::command::taint
