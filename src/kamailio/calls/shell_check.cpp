// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/shell_check.h"

#include <string>
#include <vector>

#include "base/printable.h"
#include "engine/syntax_check.h"
#include "kamailio/host/log.h"
#include "kamailio/state/state.h"

namespace kamexec::module {

/// Texts that the shell is to be asked about, and the calls that they are of.
struct ShellChecks {
  bool loading = true;  ///< the configuration is
  std::vector<std::string> labels;
  std::vector<std::string> texts;
};

namespace {

bool log_refusal(const std::string& label, const Result<void>& checked,
                 LogSource from = LogSource::current()) {
  if (!checked) {
    log_error(label + ": " + printable(checked.error().message, 500), from);
  }
  return !checked;
}

}  // namespace

bool shell_accepts(const std::string& label, const command::PreparedCommand& command) {
  if (!command.needs_shell()) {
    return true;
  }
  ShellChecks& all = server_state().shell_checks.get();
  if (all.loading) {
    all.labels.push_back(label);
    all.texts.push_back(command.shell_text);
    return true;
  }
  return !log_refusal(label, engine::check_shell_syntax(command.shell_text));
}

int shell_refuses() {
  ShellChecks& all = server_state().shell_checks.get();
  all.loading = false;
  const std::vector<Result<void>> checked = engine::check_shell_syntax(all.texts);
  int refused = 0;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    refused += log_refusal(all.labels[i], checked[i]) ? 1 : 0;
  }
  all.labels.clear();
  all.texts.clear();
  return refused;
}

}  // namespace kamexec::module
