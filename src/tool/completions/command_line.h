// SPDX-License-Identifier: GPL-2.0-or-later
// The tool's command line as plain data, read from the CLI11 App that parses it: what completions
// are made of, so that they never lag behind.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kamexec::tool {

/// What an option's value, or an argument without a name, is completed with.
struct ValueKind {
  enum class Source {
    files,        ///< also where nothing is known of the value
    directories,  ///< the value is checked to be a directory
    words,        ///< one of a few
    nothing,      ///< a number
  };
  Source source = Source::files;
  std::vector<std::string> words;  ///< for Source::words
};

struct OptionFacts {
  std::vector<std::string> names;  ///< with their dashes; long ones first
  std::string description;         ///< one line
  bool takes_value = false;
  bool repeats = false;  ///< may be given more than once
  ValueKind value;
};

struct ArgumentFacts {
  std::string name;
  bool repeats = false;
  ValueKind value;
};

struct CommandFacts {
  std::string name;  ///< empty for the tool itself
  std::string description;
  std::vector<OptionFacts> options;
  std::vector<ArgumentFacts> arguments;
  std::vector<CommandFacts> commands;
};

/// The command @p app, with all that is below it. Hidden options (in no group) are left out.
[[nodiscard]] CommandFacts command_facts(const CLI::App& app);

}  // namespace kamexec::tool
