// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/shell_check.h"

#include <exception>
#include <string>
#include <vector>

#include "engine/syntax_check.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/log.h"
#include "output/printable.h"

namespace kamexec {
namespace {

struct ToBeChecked {
  bool loading = true;
  std::vector<std::string> labels;
  std::vector<std::string> texts;
};

ToBeChecked& to_be_checked() {
  // Never destroyed: `kamailio -c` has its configuration checked while the process exits.
  static ToBeChecked& all = *new ToBeChecked;
  return all;
}

bool log_refusal(const std::string& label, const Result<void>& checked) {
  if (!checked) {
    log_error(label + ": " + printable(checked.error().message, 500));
  }
  return !checked;
}

int count_refused(ToBeChecked& all) {
  all.loading = false;
  const std::vector<Result<void>> checked = check_shell_syntax(all.texts);
  int refused = 0;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    refused += log_refusal(all.labels[i], checked[i]) ? 1 : 0;
  }
  all.labels.clear();
  all.texts.clear();
  return refused;
}

}  // namespace

bool shell_accepts(const Command& command) {
  if (command.program != nullptr || !command.prepared.needs_shell()) {
    return true;
  }
  ToBeChecked& all = to_be_checked();
  if (all.loading) {
    all.labels.push_back(command.label);
    all.texts.push_back(command.prepared.shell_text);
    return true;
  }
  return !log_refusal(command.label, check_shell_syntax(command.prepared.shell_text));
}

}  // namespace kamexec

int kamexec_commands_refused_by_shell(void) {
  try {
    return kamexec::count_refused(kamexec::to_be_checked());
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
    return 1;
  }
}
