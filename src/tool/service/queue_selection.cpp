// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_selection.h"

#include <string_view>

#include "base/printable.h"
#include "service/message_words.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kIdLength = 32;
constexpr std::size_t kLongestShown = 80;

/// Without the sign that a script has before it.
std::string_view name_of(std::string_view program) {
  return program.starts_with('@') ? program.substr(1) : program;
}

}  // namespace

Result<void> check_id(const std::string& id) {
  if (id.size() != kIdLength || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return failure("\"" + printable(id, kLongestShown) +
                   "\" is not the id of a notification: 32 digits of 0 to 9 and a to f, as kamexec "
                   "queue list shows them");
  }
  return {};
}

Result<std::vector<std::string>> filters_of(const QueueOptions& options) {
  std::vector<std::string> filters;
  if (options.program) {
    const std::string_view name = name_of(*options.program);
    if (!service::is_word(name)) {
      return failure("--program: \"" + printable(*options.program, kLongestShown) +
                     "\" is not the name of a program");
    }
    filters.push_back("program=" + std::string(name));
  }
  if (options.state) {
    filters.push_back("state=" + *options.state);
  }
  return filters;
}

Result<void> check_selection(const QueueOptions& options) {
  const bool filtered = options.program || options.state;
  if (options.ids.empty() && !filtered && !options.all) {
    return failure("say which notifications: their ids, or --program, --state, or --all");
  }
  if (!options.ids.empty() && (filtered || options.all)) {
    return failure("write either ids or a selection, not both");
  }
  if (options.all && filtered) {
    return failure("--all is every notification: leave it out, or --program and --state");
  }
  for (const std::string& id : options.ids) {
    if (Result<void> checked = check_id(id); !checked) {
      return checked;
    }
  }
  return {};
}

std::string selection_text(const QueueOptions& options, std::size_t count) {
  return (options.state ? *options.state + " " : "") +
         (count == 1 ? "notification" : "notifications") +
         (options.program ? " of " + std::string(name_of(*options.program)) : "");
}

}  // namespace kamexec::tool
