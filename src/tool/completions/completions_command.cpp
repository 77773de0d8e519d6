// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "tool/commands.h"
#include "tool/completions/completions.h"

namespace kamexec::tool {

void add_completions_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "completions", "Writes the completion script of a shell to standard output");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "The name of the shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &status, shell] {
    const CommandFacts tool = command_facts(app);
    const std::string text = *shell == "bash"  ? bash_completion(tool)
                             : *shell == "zsh" ? zsh_completion(tool)
                                               : fish_completion(tool);
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    status = written ? kFine : kNotPossible;
  });
}

}  // namespace kamexec::tool
