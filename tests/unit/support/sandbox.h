// SPDX-License-Identifier: GPL-2.0-or-later
// System calls refused to this process and all that it starts, as container managers do it:
// seccomp(2). For good, so in a forked child of the test.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace kamexec::test {

struct Refused {
  long call = 0;                  ///< SYS_…
  int error = 0;                  ///< errno that it fails with
  unsigned long long if_set = 0;  ///< of its first argument's low 32 bits; 0: always
};

/// False: this kernel, or a sandbox around the test, doesn't let us.
[[nodiscard]] bool refuse_calls(const std::vector<Refused>& calls);

inline constexpr const char* kNotSandboxed = "not sandboxed";

/// What @p body says in a process that is refused @p calls. not_sandboxed: it could not be.
template <typename Body>
[[nodiscard]] std::string said_in_sandbox(const std::vector<Refused>& calls, Body body) {
  int ends[2];
  if (::pipe(ends) != 0) {
    return "no pipe";
  }
  const pid_t host = ::fork();
  if (host == 0) {
    ::alarm(120);
    const std::string said = refuse_calls(calls) ? body() : std::string(kNotSandboxed);
    const auto size = static_cast<ssize_t>(said.size());
    ::_exit(::write(ends[1], said.data(), said.size()) == size ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(host, &status, 0);
  return status == 0 ? said : "the host ended with " + std::to_string(status);
}

}  // namespace kamexec::test
