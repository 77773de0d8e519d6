// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that run the command that stands among their arguments: find -exec, xargs, docker exec.
#include <algorithm>

#include "command/taint_reading.h"

namespace kamexec::command::taint {

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
    const KnownProgram* known =
        arg.is_fixed && arg.literal != "." ? state_.program(arg.literal) : nullptr;
    if (known != nullptr && !known->is_data()) {
      reading.at = i;
      return run(reading.rest(), reading.input, reading.wrappers + 1);
    }
  }
  return either(any_of(reading.args, 1), reading.input);
}

}  // namespace kamexec::command::taint
