// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/results.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/state/settings.h"
#include "output/lines.h"
#include "output/uri_set.h"

namespace kamexec::module {
namespace {

/// So many AVPs are put between two looks at the clock: well below a millisecond's worth.
constexpr std::size_t kAtOnce = 256;

tl::unexpected<process::Outcome> ended(process::Cause cause, std::string why) {
  process::Outcome outcome;
  outcome.cause = cause;
  outcome.detail = std::move(why);
  return tl::unexpected<process::Outcome>(std::move(outcome));
}

tl::unexpected<process::Outcome> unusable(std::string why) {
  return ended(process::Cause::unusable, std::move(why));
}

bool too_many_lines(std::string_view output) {
  return output::more_lines_than(output, settings().lines_limit);
}

tl::unexpected<process::Outcome> too_many_lines() {
  return unusable("printed more than the limit of " + std::to_string(settings().lines_limit) +
                  " lines (lines_limit)");
}

void warn_of_skipped(const std::string& label, const output::UriSet& set) {
  for (const output::SkippedLine& line : set.skipped) {
    log_warning(LogKind::output, label + ": line " + std::to_string(line.line) +
                                     " of its output skipped, " + line.reason +
                                     (line.text.empty() ? "" : ": " + line.text));
  }
  if (set.more_skipped > 0) {
    log_warning(LogKind::output, label + ": " + std::to_string(set.more_skipped) +
                                     " more lines of its output skipped");
  }
}

void warn_of_cut(const std::string& label, const std::vector<output::ValueLine>& lines) {
  const auto is_cut = [](const output::ValueLine& line) { return line.cut; };
  const auto first = std::find_if(lines.begin(), lines.end(), is_cut);
  if (first == lines.end()) {
    return;
  }
  const auto more = std::count_if(first + 1, lines.end(), is_cut);
  log_warning(LogKind::output,
              label + ": line " + std::to_string(first->number) +
                  (more == 0 ? " of its output has a NUL byte: its value ends there"
                             : " and " + std::to_string(more) +
                                   " more of its output have a NUL byte: their values end there"));
}

}  // namespace

Applied apply_uris(HostMessage* message, const std::string& label, std::string_view output) {
  if (too_many_lines(output)) {
    return too_many_lines();
  }
  output::UriSetOptions options;
  options.check = [](std::string_view uri, void*) { return host_uri_valid(host_text(uri)) != 0; };
  options.longest_uri = host_longest_uri();
  options.most = 1 + host_branch_room();
  const output::UriSet set = output::parse_uri_set(output, options);
  warn_of_skipped(label, set);
  if (set.entries.empty()) {
    return unusable("no usable URI in its output");
  }
  // The R-URI first: it needs memory and so may fail, with nothing changed yet. Branches don't.
  const output::UriEntry& first = set.entries.front();
  if (host_set_uri(message, host_text(first.uri), first.q) < 0) {
    return unusable("the server could not set the R-URI: out of memory");
  }
  for (std::size_t i = 1; i < set.entries.size(); ++i) {
    const output::UriEntry& entry = set.entries[i];
    if (host_append_branch(message, host_text(entry.uri), entry.q) < 0) {
      log_warning(LogKind::output, label + ": line " + std::to_string(entry.line) +
                                       " of its output skipped: the server accepts no more "
                                       "branches");
    }
  }
  return {};
}

Applied apply_avps(HostMessage* message, const std::string& label, HostAvpList* names,
                   std::string_view output, TimePoint until) {
  if (too_many_lines(output)) {
    return too_many_lines();
  }
  const std::vector<output::ValueLine> lines = output::value_lines(output);
  warn_of_cut(label, lines);
  std::vector<HostText> values;
  values.reserve(lines.size());
  for (const output::ValueLine& line : lines) {
    values.push_back(host_text(line.text));
  }
  for (std::size_t first = 0; first < values.size(); first += kAtOnce) {
    if (first > 0 && Clock::now() >= until) {
      host_avp_take_back(message, names, first);
      return ended(
          process::Cause::deadline,
          "its deadline passed before its " + std::to_string(values.size()) + " lines were AVPs");
    }
    const std::size_t count = std::min(kAtOnce, values.size() - first);
    if (host_avp_add(message, names, first, values.data() + first, count) < 0) {
      return unusable("the server could not add " + std::to_string(values.size()) +
                      " AVPs: out of shared memory");
    }
  }
  return {};
}

Applied apply_variable(HostMessage* message, HostVariable* variable, std::string_view text) {
  if (variable == nullptr) {
    return {};
  }
  const std::size_t last = text.find_last_not_of("\r\n");
  text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (host_variable_set(message, variable, host_text(text)) < 0) {
    return unusable("the server could not set the variable for its output: out of memory");
  }
  return {};
}

}  // namespace kamexec::module
