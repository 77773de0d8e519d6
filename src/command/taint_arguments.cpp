// SPDX-License-Identifier: GPL-2.0-or-later
// How programs of the table read their arguments.
#include <algorithm>

#include "command/symbols.h"
#include "command/taint_state.h"

namespace kamexec::taint {
namespace {

enum class OptionKind { none, code, program, value, pair };

struct Option {
  OptionKind kind = OptionKind::none;
  std::string name;
  bool attached = false;       ///< its value is in the same word
  bool is_first_code = false;  ///< sh -c
  bool is_input = false;
  bool is_open = false;  ///< which option it is hangs on what the shell puts there
};

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

/// Bytes of code that are searched in a step of work.
constexpr std::size_t kSearched = 64;

/// KnownProgram::input_operands where standard input is code whatever the operands.
constexpr int kAlways = 1000;

bool is_option(const Argument& arg) {
  return arg.beginning.starts_with("-") && (arg.beginning.size() > 1 || !arg.is_fixed);
}

/// NAME= in front of a word.
bool is_assignment(const Argument& arg) {
  const std::size_t equals = arg.beginning.find('=');
  return equals != std::string::npos && equals > 0 &&
         arg.beginning.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == equals;
}

/// Whether @p code has the name of @p file in it, as a word or the end of a path.
bool names_file(std::string_view code, std::string_view file) {
  constexpr std::string_view kEdges = "\"'`/ \t\n();,<>";
  const std::size_t at = file.empty() ? code.npos : code.find(file);
  const std::size_t end = at + file.size();
  return at != code.npos && at > 0 && kEdges.find(code[at - 1]) != kEdges.npos &&
         end < code.size() && kEdges.find(code[end]) != kEdges.npos;
}

/// Behind the part of sed's @p code that begins at @p at and ends in @p delimiter.
std::size_t behind(std::string_view code, std::size_t at, char delimiter) {
  while (at < code.size() && code[at] != delimiter) {
    at += code[at] == '\\' ? 2U : 1U;
  }
  return std::min(at + 1, code.size());
}

/// Whether sed's @p code runs lines of its input: the command e alone, or s///e.
bool sed_runs_its_input(std::string_view code) {
  constexpr std::string_view kEnds = ";}\n";
  for (std::size_t at = 0; at < code.size();) {
    const char command = code[at];
    if (std::string_view(" \t\n;{}0123456789,$!").find(command) != std::string_view::npos) {
      ++at;
    } else if (command == '/') {
      at = behind(code, at + 1, '/');
    } else if (command == 's' || command == 'y') {
      const char delimiter = at + 1 < code.size() ? code[at + 1] : '/';
      at = behind(code, behind(code, at + 2, delimiter), delimiter);
      const std::size_t end = std::min(code.find_first_of(kEnds, at), code.size());
      const std::string_view flags = code.substr(at, end - at);
      if (command == 's' && flags.substr(0, flags.find('w')).find('e') != flags.npos) {
        return true;
      }
      at = end;
    } else {
      const std::size_t end = std::min(code.find_first_of(kEnds, at), code.size());
      if (command == 'e' && code.find_first_not_of(" \te", at) >= end) {
        return true;
      }
      at = end;
    }
  }
  return false;
}

/// perl's <>, -n and -p run an operand that begins or ends in '|'.
bool perl_opens_operands(const Arguments& args, std::string_view code) {
  return code.find("<>") != code.npos ||
         std::any_of(args.begin() + 1, args.end(), [](const Argument& arg) {
           constexpr std::string_view kLetters = "aeElnpsw0i";
           const std::string& text = arg.literal;
           return arg.is_fixed && text.size() > 1 && text[0] == '-' &&
                  text.find_first_not_of(kLetters, 1) == text.npos &&
                  text.find_first_of("np") != text.npos;
         });
}

bool names_standard_input(const std::string& file) {
  return file == "-" || file == "/dev/stdin" || file == "/dev/fd/0" || file == "/proc/self/fd/0";
}

}  // namespace

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
      report(arg.taint, arg.origin, name, name + " decides what programs are run", name,
             "keep this variable fixed");
    }
    reading.options_ended = true;
    ++reading.at;
    return true;
  }
  if ((letter == 'r' || letter == 'a' || letter == 'd') && arg.splits && arg.taint != kClean &&
      known.operands.find_first_of("ra") != std::string_view::npos) {
    report(arg.taint, arg.origin, "the name of what runs",
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
  report(arg.taint, arg.origin, label, "it names what " + label + " runs or loads", reading.name,
         "write the file's name into the text");
  report(state_.file(arg.key), arg.origin, label, "it is written into what " + label + " runs",
         reading.name, reading.known.remedy);
  if (arg.is_pattern && !state_.files.empty()) {
    report(state_.files.begin()->second, arg.origin, label,
           "it is written into a file that " + label + " may run", reading.name,
           "write the file's name into the text");
  }
  if (names_standard_input(name)) {
    report(reading.input, arg.origin, "standard input of " + reading.name,
           reading.name + " reads it as code", reading.name, reading.known.remedy);
  } else if (arg.is_fixed && !name.starts_with("/")) {
    report(state_.directory, arg.origin, "cd → " + name, "it names the directory of what runs",
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

/// Code of the operator's own, which may still run what it is given.
void Follower::fixed_code(Reading& reading, const std::string& code, const Argument& at,
                          Taint data) {
  if (reading.known.is_shell) {
    nested(code, at.origin, data, reading.input, reading.name != "eval" && reading.name != "trap");
    return;
  }
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
  if (lists(reading.known.names, "sed") && sed_runs_its_input(code)) {
    report(given, at.origin, reading.name + ": e", "its command e runs what it is given",
           reading.name, "do without the command e");
  }
  if (lists(reading.known.names, "perl") && perl_opens_operands(reading.args, code)) {
    report(data, at.origin, reading.name + " FILE",
           "it names a file for <>, and with | in the name perl runs it", reading.name,
           "let the shell open it: perl -ne '...' <VALUE");
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
             "its text runs programs or code with " + std::string(word) + ", and it is given to it",
             reading.name,
             "do without that in the text, or put it into a script of its own that checks what it "
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

/// find … -exec COMMAND \;
Taint Follower::find_commands(const Arguments& args, Taint input, int wrappers) {
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i].splits && args[i].taint != kClean) {
      report(args[i].taint, args[i].origin, "an option of find",
             "it is split into words, and -exec may be one of them", "find",
             "put \"...\" around it");
    }
    if (!args[i].is_fixed || !lists("-exec -execdir -ok -okdir", args[i].literal)) {
      continue;
    }
    Arguments words;
    for (++i; i < args.size() && args[i].literal != ";" && args[i].literal != "+"; ++i) {
      words.push_back(args[i]);
    }
    run(words, input, wrappers + 1);
  }
  return any_of(args, 1);
}

Taint Follower::xargs(Reading& reading) {
  Taint items = reading.input;
  std::string replaced;
  for (std::size_t i = 1; i < reading.at; ++i) {
    const std::string& text = reading.args[i].literal;
    items = either(items, either(reading.args[i].taint, state_.file(reading.args[i].key)));
    if (text == "-I" || text == "-J") {
      replaced = reading.args[i + 1].literal;
    } else if (text.starts_with("-I")) {
      replaced = text.substr(2);
    } else if (text == "-i" || text == "--replace") {
      replaced = "{}";
    } else if (text.starts_with("-i") || text.starts_with("--replace=")) {
      replaced = text.substr(text.starts_with("-i") ? 2 : text.find('=') + 1);
    }
  }
  Arguments words = reading.rest();
  for (Argument& word : words) {
    const std::size_t at = replaced.empty() ? std::string::npos : word.literal.find(replaced);
    if (at != std::string::npos && items != kClean) {
      word.taint = either(word.taint, items);
      word.is_fixed = false;
      word.beginning.resize(std::min(at, word.beginning.size()));
      word.begins_tainted = word.begins_tainted || at == 0;
    }
  }
  if (replaced.empty()) {
    Argument item;
    item.taint = items;
    item.begins_tainted = items != kClean;
    item.splits = true;
    item.origin = reading.args[0].origin;
    words.push_back(std::move(item));
  }
  return either(run(words, kClean, reading.wrappers + 1), items);
}

/// docker exec NAME sh -c …: known programs among the words.
Taint Follower::any_command(Reading& reading) {
  for (std::size_t i = reading.at; i < reading.args.size(); ++i) {
    const Argument& arg = reading.args[i];
    if (arg.is_fixed && arg.literal != "." && state_.program(arg.literal) != nullptr) {
      reading.at = i;
      return run(reading.rest(), reading.input, reading.wrappers + 1);
    }
  }
  return either(any_of(reading.args, 1), reading.input);
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

}  // namespace kamexec::taint
