// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/popen_call.h"

#include <sys/wait.h>

#include <cerrno>
#include <cstdio>

namespace kamexec {

Result<void> call_by_popen(const std::string& text, std::string& output) {
  output.clear();
  std::FILE* const pipe = ::popen(text.c_str(), "r");
  if (pipe == nullptr) {
    return system_failure("popen", errno);
  }
  char line[1024];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    output += line;
  }
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failure("the command failed, wait status " + std::to_string(status));
  }
  return {};
}

}  // namespace kamexec
