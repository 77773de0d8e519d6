// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/format.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "kamailio/host/guard.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"
#include "variables/read_variable.h"
#include "variables/split_variables.h"

namespace kamexec::module {
namespace {

std::vector<std::string> loaded_modules() {
  std::vector<std::string> names;
  HostCallback add([&names](HostText name) { names.emplace_back(view(name)); });
  host_loaded_modules(add.call<HostText>, &add);
  add.rethrow();
  return names;
}

/// The first variable that the host does not take. What is known here of variables only finds it
/// and has the words: the host decides.
std::optional<variables::VariableFinding> find_refused(std::string_view text) {
  const std::vector<std::string> names = loaded_modules();
  const variables::KnownModules modules{true, names};
  for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at)) {
    const std::size_t size = variables::variable_size(text.substr(at));
    auto problem = variables::find_variable_problem(text, at, modules);
    if (problem && (size == 0 || host_knows_variable(host_text(text.substr(at, size))) == 0)) {
      return problem;
    }
    at += size;
  }
  return std::nullopt;
}

}  // namespace

std::string finding_text(const std::string& label, const char* what,
                         const command::Finding& finding) {
  return label + ": line " + std::to_string(finding.line) + ", column " +
         std::to_string(finding.column) + " of " + what + ": " + finding.message +
         (finding.remedy.empty() ? "" : "; " + finding.remedy);
}

Format parse_format(const std::string& label, const char* what, HostText text) {
  const std::optional<variables::VariableFinding> refused = find_refused(view(text));
  if (!refused) {
    Format format(host_format_parse(text));
    if (!format) {
      log_error(label + ": the server can't read a variable in " + what +
                ", see the lines before; write $$ for a '$'");
    }
    return format;
  }
  if (refused->missing_module.empty()) {
    log_error(finding_text(label, what, refused->finding));
  } else if (server_state().missing_modules.insert(refused->missing_module).second) {
    // Said once, and not for each call.
    log_error(finding_text(label, what, refused->finding) +
              "; other calls that need it are not reported");
  }
  return nullptr;
}

}  // namespace kamexec::module
