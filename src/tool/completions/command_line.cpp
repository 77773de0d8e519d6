// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/completions/command_line.h"

#include <CLI/CLI.hpp>
#include <string_view>

namespace kamexec::tool {
namespace {

// CLI11 says what a value may be in the name of its type, as in "TEXT:{bash,fish,zsh}" or
// "TEXT:FILE".
ValueKind kind_of(std::string_view type) {
  ValueKind kind;
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open != std::string_view::npos && close != std::string_view::npos) {
    kind.source = ValueKind::Source::words;
    std::string_view list = type.substr(open + 1, close - open - 1);
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view word = list.substr(0, comma);
      kind.words.emplace_back(word.substr(0, word.find("->")));
      list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
  } else if (type.find("FILE") != std::string_view::npos ||
             type.find("PATH") != std::string_view::npos) {
    kind.source = ValueKind::Source::files;
  } else if (type.find("DIR") != std::string_view::npos) {
    kind.source = ValueKind::Source::directories;
  } else if (type.find("INT") != std::string_view::npos ||
             type.find("FLOAT") != std::string_view::npos) {
    kind.source = ValueKind::Source::nothing;
  }
  return kind;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

OptionFacts option_facts(const CLI::Option& option) {
  OptionFacts facts;
  for (const std::string& name : option.get_lnames()) {
    facts.names.push_back("--" + name);
  }
  for (const std::string& name : option.get_snames()) {
    facts.names.push_back("-" + name);
  }
  facts.description = first_line(option.get_description());
  facts.takes_value = option.get_items_expected_max() > 0;
  facts.repeats =
      facts.takes_value && (option.get_items_expected_max() > option.get_type_size_max() ||
                            option.get_multi_option_policy() != CLI::MultiOptionPolicy::Throw);
  facts.value = kind_of(option.get_type_name());
  return facts;
}

}  // namespace

CommandFacts command_facts(const CLI::App& app) {
  CommandFacts facts;
  facts.name = app.get_parent() == nullptr ? "" : app.get_name();
  facts.description = first_line(app.get_description());
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) {
      continue;
    }
    if (option->nonpositional()) {
      facts.options.push_back(option_facts(*option));
    } else {
      facts.arguments.push_back({option->get_name(true),
                                 option->get_items_expected_max() > option->get_type_size_max(),
                                 kind_of(option->get_type_name())});
    }
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    facts.commands.push_back(command_facts(*command));
  }
  return facts;
}

}  // namespace kamexec::tool
