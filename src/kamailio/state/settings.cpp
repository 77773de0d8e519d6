// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/state/settings.h"

#include <algorithm>
#include <string_view>

namespace kamexec::module {
namespace {

constexpr int kLongestTimeSeconds = 24 * 60 * 60;
constexpr int kLargestOutput = 64 << 20;

/// What is wrong with the parameters, a line each.
using Mistakes = std::vector<std::string>;

void check_range(Mistakes& mistakes, const char* name, int value, int least, int most,
                 const char* unit) {
  if (value >= least && value <= most) {
    return;
  }
  mistakes.push_back("parameter " + std::string(name) + "=" + std::to_string(value) +
                     " is out of range: " + std::to_string(least) + " to " + std::to_string(most) +
                     " " + unit);
}

Mistakes mistaken_numbers(const KamexecParameters& p) {
  Mistakes mistakes;
  const auto in_range = [&mistakes](const char* name, int value, int least, int most,
                                    const char* unit) {
    check_range(mistakes, name, value, least, most, unit);
  };
  in_range("setvars", p.setvars, 0, 1, "(off, on)");
  in_range("bash_safety", p.bash_safety, 0, 1, "(off, on)");
  in_range("time_to_kill", p.time_to_kill, 0, kLongestTimeSeconds, "seconds");
  in_range("deadline_ms", p.deadline_ms, 0, kLongestTimeSeconds * 1000, "milliseconds");
  in_range("kill_grace_ms", p.kill_grace_ms, 0, 60000, "milliseconds");
  in_range("output_limit", p.output_limit, 1, kLargestOutput, "bytes");
  in_range("lines_limit", p.lines_limit, 1, 1000000, "lines");
  in_range("error_limit", p.error_limit, 0, kLargestOutput, "bytes");
  in_range("log_stderr", p.log_stderr, 0, 1, "(off, on)");
  in_range("failures_logged", p.failures_logged, 0, 1000000, "lines a second");
  in_range("workers", p.workers, -1, 64, "processes (-1: as needed)");
  in_range("async_running", p.async_running, 1, 10000, "commands");
  in_range("async_waiting", p.async_waiting, 0, 50000, "commands");
  in_range("cmd_async_running", p.cmd_async_running, 1, 10000, "commands");
  in_range("cmd_async_waiting", p.cmd_async_waiting, 0, 50000, "commands");
  return mistakes;
}

bool read_policy(std::string_view text, DynamicPolicy& policy, Mistakes& mistakes) {
  if (text == "auto") {
    policy = DynamicPolicy::automatic;
  } else if (text == "allow") {
    policy = DynamicPolicy::allow;
  } else if (text == "refuse") {
    policy = DynamicPolicy::refuse;
  } else {
    mistakes.push_back("parameter dynamic_commands=\"" + std::string(text) +
                       "\": it takes \"auto\", \"allow\" or \"refuse\"");
    return false;
  }
  return true;
}

bool read_interpreted(std::string_view text, command::InterpretedValues& policy,
                      Mistakes& mistakes) {
  if (text != "refuse" && text != "warn") {
    mistakes.push_back("parameter interpreted_values=\"" + std::string(text) +
                       "\": it takes \"refuse\" or \"warn\"");
    return false;
  }
  policy = text == "refuse" ? command::InterpretedValues::refuse : command::InterpretedValues::warn;
  return true;
}

bool is_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) {
    return false;
  }
  return name.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
         std::string_view::npos;
}

bool read_names(std::string_view list, Settings& into, Mistakes& mistakes) {
  constexpr std::string_view kSeparators = ", \t\r\n";
  into.inherited_names.clear();
  into.inherit_all = list == "*";
  for (std::size_t at = 0; !into.inherit_all && at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(kSeparators, at), list.size());
    const std::string_view name = list.substr(at, end - at);
    if (!name.empty() && !is_name(name)) {
      mistakes.push_back(
          "parameter environment: \"" + std::string(name) +
          "\" is not the name of a variable; give \"*\" or names separated by commas");
      return false;
    }
    if (!name.empty()) {
      into.inherited_names.emplace_back(name);
    }
    at = end + 1;
  }
  return true;
}

/// A path that sun_path of unix(7) holds with its NUL.
bool read_service(std::string_view path, std::string& into, Mistakes& mistakes) {
  constexpr std::size_t kLongestPath = 107;
  if (!path.empty() && (path.front() != '/' || path.size() > kLongestPath)) {
    mistakes.push_back("parameter service=\"" + std::string(path) +
                       "\": it takes the full path of kamexecd's socket, at most " +
                       std::to_string(kLongestPath) +
                       " bytes, as in \"/run/kamexec/programs.sock\"");
    return false;
  }
  into = path;
  return true;
}

}  // namespace

Mistakes read_settings(const KamexecParameters& p, Settings& into) {
  Mistakes mistakes = mistaken_numbers(p);
  if (!mistakes.empty() || !read_policy(p.dynamic_commands, into.dynamic, mistakes) ||
      !read_interpreted(p.interpreted_values, into.interpreted, mistakes) ||
      !read_names(p.environment, into, mistakes) ||
      !read_service(p.service, into.service, mistakes)) {
    return mistakes;
  }
  into.log_stderr = p.log_stderr != 0;
  into.failures_logged = static_cast<std::uint32_t>(p.failures_logged);
  into.async.processes = p.workers;
  into.async.calls = {static_cast<std::size_t>(p.async_running),
                      static_cast<std::size_t>(p.async_waiting)};
  into.async.unattended = {static_cast<std::size_t>(p.cmd_async_running),
                           static_cast<std::size_t>(p.cmd_async_waiting)};
  into.set_variables = p.setvars != 0;
  into.bash_safety = p.bash_safety != 0;
  into.run.timeout = p.deadline_ms > 0 ? std::chrono::milliseconds(p.deadline_ms)
                                       : std::chrono::seconds(p.time_to_kill);
  into.run.stop.grace = std::chrono::milliseconds(p.kill_grace_ms);
  into.run.output_limit = static_cast<std::size_t>(p.output_limit);
  into.lines_limit = static_cast<std::size_t>(p.lines_limit);
  into.run.error_limit = static_cast<std::size_t>(p.error_limit);
  return {};
}

}  // namespace kamexec::module
