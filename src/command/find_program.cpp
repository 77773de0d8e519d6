// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "command/argv.h"

namespace kamexec::command {
namespace {

bool can_be_executed(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_program(std::string_view name, std::string_view search_path) {
  if (name.find('/') != std::string_view::npos) {
    std::string path(name);
    return can_be_executed(path) ? path : std::string();
  }
  for (std::size_t at = 0; !name.empty() && at <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', at), search_path.size());
    // An empty entry would be the server's working directory: no place to look for programs.
    if (end > at) {
      std::string path(search_path.substr(at, end - at));
      path += '/';
      path += name;
      if (can_be_executed(path)) {
        return path;
      }
    }
    at = end + 1;
  }
  return {};
}

}  // namespace kamexec::command
