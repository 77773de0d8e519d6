// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/results.h"

#include <vector>

#include "kamailio/log.h"
#include "kamailio/text.h"
#include "output/uri_set.h"
#include "output/value_lines.h"

namespace kamexec {

Result<void> apply_uris(HostMessage* message, const std::string& label, std::string_view output) {
  UriSetOptions options;
  options.check = [](std::string_view uri, void*) { return host_uri_valid(host_text(uri)) != 0; };
  options.longest_uri = host_longest_uri();
  options.most = 1 + host_branch_room();
  const UriSet set = parse_uri_set(output, options);
  for (const SkippedLine& line : set.skipped) {
    log_warning(label + ": line " + std::to_string(line.line) + " of its output left out, " +
                line.reason + (line.text.empty() ? "" : ": " + line.text));
  }
  if (set.entries.empty()) {
    return failure("no usable URI in its output");
  }
  // The R-URI first: it needs memory and so may fail, with nothing changed yet. Branches don't.
  const UriEntry& first = set.entries.front();
  if (host_set_uri(message, host_text(first.uri), first.q) < 0) {
    return failure("the server could not set the R-URI: short of memory");
  }
  for (std::size_t i = 1; i < set.entries.size(); ++i) {
    const UriEntry& entry = set.entries[i];
    if (host_append_branch(message, host_text(entry.uri), entry.q) < 0) {
      log_warning(label + ": line " + std::to_string(entry.line) +
                  " of its output left out: the server takes no more branches");
    }
  }
  return {};
}

Result<void> apply_avps(HostMessage* message, const std::string& label, HostAvpList* names,
                        std::string_view output) {
  std::vector<HostText> values;
  for (const ValueLine& line : value_lines(output)) {
    if (line.cut) {
      log_warning(label + ": line " + std::to_string(line.number) +
                  " of its output has a NUL byte: its value ends before that");
    }
    values.push_back(host_text(line.text));
  }
  if (host_avp_add(message, names, values.data(), values.size()) < 0) {
    return failure("the server could not add " + std::to_string(values.size()) +
                   " AVPs: short of shared memory");
  }
  return {};
}

Result<void> apply_variable(HostMessage* message, HostVariable* variable, std::string_view text) {
  if (variable == nullptr) {
    return {};
  }
  const std::size_t last = text.find_last_not_of("\r\n");
  text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (host_variable_set(message, variable, host_text(text)) < 0) {
    return failure("the server could not set the variable for its output: short of memory");
  }
  return {};
}

}  // namespace kamexec
