// SPDX-License-Identifier: GPL-2.0-or-later
// What a command does with what it is given: the shell's own commands, functions, programs.
#include <algorithm>

#include "command/taint_state.h"

namespace kamexec::command::taint {
namespace {

/// Programs that write no file that an argument of theirs names.
constexpr std::string_view kReaders =
    "cat grep egrep fgrep zgrep head tail cut wc tr uniq comm join paste nl od xxd hexdump md5sum "
    "sha1sum sha256sum sha512sum stat file ls test [ [[ echo printf true false : diff cmp expr "
    "basename "
    "mkdir rmdir rm touch chmod chown dirname realpath readlink logger sleep kill date host dig "
    "nslookup ping getent id "
    "exit return break continue shift wait umask ulimit unset type hash times";
/// Programs whose output holds nothing of what they are given but numbers.
constexpr std::string_view kCounters =
    "wc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum test [ true false : "
    "sleep kill exit return break continue shift wait umask logger touch mkdir rm rmdir chmod "
    "chown "
    "seq nproc cd unset read mapfile readarray readonly typeset local getopts let";

constexpr std::size_t kMostWords = 64;    // in which an unknown wrapper's shell is looked for
constexpr std::ptrdiff_t kMostInner = 8;  // commands of $(…) that names a program

/// printf whose format prints numbers alone.
bool prints_numbers(const Arguments& args) {
  if (args.size() < 2 || !args[1].is_fixed) {
    return false;
  }
  const std::string& format = args[1].literal;
  for (std::size_t at = format.find('%'); at != std::string::npos; at = format.find('%', at + 1)) {
    const std::size_t end = format.find_first_not_of("0123456789.+- #", at + 1);
    if (end == std::string::npos ||
        std::string_view("diuxXo%").find(format[end]) == std::string_view::npos) {
      return false;
    }
    at = end;
  }
  return true;
}

/// tr -cd 0-9: digits are left.
bool leaves_digits(const Arguments& args) {
  return args.size() == 3 && (args[1].literal == "-cd" || args[1].literal == "-dc") &&
         (args[2].literal == "0-9" || args[2].literal == "[:digit:]" ||
          args[2].literal == "0123456789");
}

/// cat, head or tail of files that the text names: standard input is none of them.
bool reads_files_alone(const std::string& name, const Arguments& args) {
  if (name != "cat" && name != "head" && name != "tail") {
    return false;
  }
  bool has_file = false;
  bool options_ended = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::string& text = args[i].literal;
    if (!args[i].is_fixed || args[i].is_pattern || text == "-" || text.starts_with("+") ||
        text.find("/dev/") != text.npos || text.find("/proc/") != text.npos) {
      return false;
    }
    if (!options_ended && text.starts_with("-")) {
      options_ended = text == "--";
      // The next word may be its value: -n 5, --lines 5.
      const bool is_long = text.starts_with("--") && text.size() > 2;
      const bool takes = is_long
                             ? text.find('=') == text.npos
                             : std::string_view("ncs").find(text.back()) != std::string_view::npos;
      i += takes ? 1U : 0U;
      continue;
    }
    has_file = true;
  }
  return has_file;
}

bool is_relative(const std::string& name) {
  return name.find('/') != std::string::npos && name[0] != '/' && name[0] != '~' && name[0] != '$';
}

}  // namespace

Taint Follower::run(const Arguments& args, Taint input, int wrappers) {
  // Each word is copied for each program in front of it, and looked at by what runs.
  constexpr std::size_t kArgument = 4;
  if (args.empty() || wrappers > kMostWrappers || !state_.spend(kArgument * args.size())) {
    return kClean;
  }
  const Argument& first = args[0];
  if (first.taint != kClean) {
    report(first.taint, first.origin, "the program's name", "it names the program that runs",
           "program", "write the program's name into the text");
    return first.taint;
  }
  if (!first.is_fixed) {
    // What xargs reads, as long as nothing of a caller's is in it.
    return first.word == nullptr ? input : run_unknown_name(args, input, wrappers);
  }
  const std::string& name = first.literal;
  if (state_.directory != kClean && is_relative(name)) {
    report(state_.directory, first.origin, "cd -> " + name,
           "it names the directory of the program that runs", "cd",
           "write the program's whole path");
  }
  if (name.find('/') != std::string::npos) {
    report(state_.file(name), first.origin, name, "it is written into a file that runs", name,
           "write a program that reads it as data");
  }
  if (state_.functions.contains(name)) {
    return call_function(name, args, input);
  }
  if (builtin(name, args, input)) {
    return output_of(name, args, input);
  }
  if (const KnownProgram* known = state_.program(name); known != nullptr && !known->is_data()) {
    if (known->operands == "d" && known->input_operands < 0) {
      touch_files(name, args, input);
    }
    return run_known(*known, args, input, wrappers);
  }
  touch_files(name, args, input);
  if (!lists(kReaders, file_key(name))) {
    // A wrapper that isn't known: a shell among its arguments is one all the same.
    for (std::size_t i = 1; i + 1 < args.size() && i < kMostWords; ++i) {
      const KnownProgram* known = args[i].is_fixed ? state_.program(args[i].literal) : nullptr;
      if (known != nullptr && !known->first_code.empty()) {
        const Arguments rest(args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
        if (has_option(rest, 'c')) {
          run_known(*known, rest, input, wrappers + 1);
        }
        break;
      }
    }
  }
  return output_of(name, args, input);
}

/// $S -c …: by what the variable can hold, or by the names in `command -v bash`.
Taint Follower::run_unknown_name(const Arguments& args, Taint input, int wrappers) {
  Taint output = either(any_of(args, 1), input);
  std::vector<std::string> names = possible_texts(*args[0].word);
  for (const WordPart& part : args[0].word->parts) {
    if (part.kind == WordPart::Kind::parameter && part.text == "SHELL") {
      names.emplace_back("sh");
    }
    if (part.kind != WordPart::Kind::substitution) {
      continue;
    }
    // Its commands stand before this one.
    const auto at = command_ - text_.scan.commands.data();
    for (auto i = std::max<std::ptrdiff_t>(0, at - kMostInner); i < at; ++i) {
      const SimpleCommand& inner = text_.scan.commands[static_cast<std::size_t>(i)];
      if (inner.place.group == part.group) {
        for (const ScannedWord& word : inner.words) {
          names.push_back(word.fixed());
        }
      }
    }
  }
  constexpr std::size_t kMostNames = 8;
  names.resize(std::min(names.size(), kMostNames));
  for (const std::string& text : names) {
    Arguments words;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = text.find_first_not_of(" \t\n", at);
      const std::size_t end =
          std::min(text.find_first_of(" \t\n", std::min(begin, text.size())), text.size());
      if (begin < end) {
        Argument arg;
        arg.literal = arg.beginning = arg.key = text.substr(begin, end - begin);
        arg.is_fixed = true;
        arg.origin = args[0].origin;
        arg.word = args[0].word;
        words.push_back(std::move(arg));
      }
      at = end;
    }
    if (!words.empty() && (state_.program(words[0].literal) != nullptr || words.size() > 1)) {
      words.insert(words.end(), args.begin() + 1, args.end());
      output = either(output, run(words, input, wrappers + 1));
    }
  }
  touch_files("", args, input);
  return output;
}

Taint Follower::call_function(const std::string& name, const Arguments& args, Taint input) {
  const auto [text, group] = state_.functions.at(name);
  state_.mark_step(text->positional, any_of(args, 1), "$1 of " + name);
  state_.mark(text->group_input[group], input);
  return text->group_output[group];
}

/// A program that is given something of a caller's may write it into a file that it is told of.
void Follower::touch_files(const std::string& name, const Arguments& args, Taint input) {
  if (lists(kReaders, file_key(name))) {
    return;
  }
  Taint given = either(any_of(args, 1), input);
  for (std::size_t i = 1; i < args.size(); ++i) {
    given = either(given, state_.file(args[i].key));
  }
  if (given == kClean) {
    return;
  }
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::string& key = args[i].key;
    const bool is_option = key.starts_with("-");
    const std::size_t equals = key.find('=');
    if (equals != std::string::npos) {
      state_.mark_file(key.substr(equals + 1), given);
    } else if (!is_option) {
      state_.mark_file(key, given);
    } else if (key.size() > 2 && key[1] != '-') {
      state_.mark_file(key.substr(2), given);  // -oFILE
    }
  }
}

Taint Follower::output_of(const std::string& path, const Arguments& args, Taint input) {
  const std::string name = file_key(path);
  if (lists(kCounters, name) || (name == "tr" && leaves_digits(args)) ||
      (name == "printf" &&
       (prints_numbers(args) || has_option({args[0], args[args.size() > 1 ? 1 : 0]}, 'v'))) ||
      (name == "grep" && (has_option(args, 'c') || has_option(args, 'q')))) {
    return kClean;
  }
  if (reads_files_alone(name, args)) {
    input = kClean;
  }
  const bool shows_environment = name == "printenv" || name == "set" || name == "export" ||
                                 name == "declare" || (name == "env" && args.size() == 1);
  if (name == "echo" || name == "printf") {
    return any_of(args, 1);
  }
  Taint output = kClean;
  if (!shows_environment) {
    output = either(any_of(args, 1), input);
    for (std::size_t i = 1; i < args.size() && output == kClean; ++i) {
      output = args[i].is_pattern && !state_.files.empty() ? state_.files.begin()->second
                                                           : state_.file(args[i].key);
    }
    return output;
  }
  if (args.size() == 1 || args[1].literal.starts_with("-")) {
    output = either(output, of_exported());
  } else if (name == "printenv") {
    for (std::size_t i = 1; i < args.size(); ++i) {
      output =
          either(output, args[i].is_fixed ? of_parameter(args[i].literal) : state_.environment);
    }
  }
  return output;
}

/// What programs get in their environment.
Taint Follower::of_exported() {
  Taint taint = state_.environment;
  for (auto name = state_.exported.begin();
       taint == kClean && name != state_.exported.end() && state_.spend(kLookUp); ++name) {
    taint = of_parameter(*name);
  }
  return taint;
}

}  // namespace kamexec::command::taint
