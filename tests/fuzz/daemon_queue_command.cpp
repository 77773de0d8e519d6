// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as the arguments of `control ID queue`, one a line: a command that is read is within
// its bounds, and what is said is printable. The same bytes as a notification: one line of JSON.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "daemon/queue_command.h"

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::vector<std::string_view> lines_of(std::string_view bytes) {
  std::vector<std::string_view> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    lines.push_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return lines;
}

void check_command(const std::vector<std::string_view>& arguments) {
  const auto command = kamexec::daemon::read_queue_command(arguments);
  if (!command) {
    const std::string& why = command.error().message;
    require(!why.empty() && why.size() < 400);
    require(std::all_of(why.begin(), why.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    return;
  }
  require(command->which.after >= 0);
  require(!command->which.most || *command->which.most > 0);
  require(command->which.ids.size() < arguments.size());
}

void check_json(std::string_view bytes, const std::vector<std::string_view>& lines) {
  kamexec::stored::StoredNotification one;
  one.notification.arguments.assign(lines.begin(), lines.end());
  one.notification.variables = bytes;
  one.notification.order = bytes;
  one.notification.message = bytes;
  one.last = kamexec::stored::LastAttempt{std::string(bytes), 1, std::string(bytes), {}};
  const std::string line = kamexec::daemon::notification_json(one, true, false, {});
  require(line.find('\n') == line.npos);
  const auto read = nlohmann::json::parse(line);
  require(read["arguments"].size() == lines.size());
  require(!read["message"].is_string() || read["message"].get<std::string>() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string_view> lines = lines_of(bytes);
  check_command(lines);
  check_json(bytes, lines);
  return 0;
}
