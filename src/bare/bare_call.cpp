// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare/bare_call.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/unique_fd.h"

namespace kamexec::bare {
namespace {

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Pipe> open_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) < 0) {
    return system_failure("pipe", errno);
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// A program that does not read its input is no failure.
Result<void> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0 && errno == EPIPE) {
      return {};
    }
    if (written < 0) {
      return system_failure("write", errno);
    }
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> read_all(int fd, std::string& into) {
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return system_failure("read", errno);
    }
    if (got == 0) {
      return {};
    }
    into.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<void> wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return system_failure("waitpid", errno);
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failure("the program failed, wait status " + std::to_string(status));
  }
  return {};
}

/// The parent's ends of the pipes that a call has.
struct Ends {
  UniqueFd input;
  UniqueFd output;
};

Result<pid_t> start(const BareCall& call, Ends& ours) {
  FileActions actions;
  Ends childs;
  if (!call.input.empty()) {
    auto pipe = open_pipe();
    if (!pipe) {
      return tl::unexpected(pipe.error());
    }
    childs.input = std::move(pipe->reader);
    ours.input = std::move(pipe->writer);
    posix_spawn_file_actions_adddup2(actions.get(), childs.input.get(), 0);
  }
  if (call.capture_output) {
    auto pipe = open_pipe();
    if (!pipe) {
      return tl::unexpected(pipe.error());
    }
    childs.output = std::move(pipe->writer);
    ours.output = std::move(pipe->reader);
    posix_spawn_file_actions_adddup2(actions.get(), childs.output.get(), 1);
  } else {
    posix_spawn_file_actions_addopen(actions.get(), 1, "/dev/null", O_WRONLY, 0);
  }
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, call.argv[0], actions.get(), nullptr, call.argv, call.environment);
  if (error != 0) {
    return system_failure(call.argv[0], error);
  }
  return pid;
}

}  // namespace

Result<void> make_bare_call(const BareCall& call, std::string& output) {
  output.clear();
  Ends ours;
  const Result<pid_t> pid = start(call, ours);
  if (!pid) {
    return tl::unexpected(pid.error());
  }
  Result<void> moved;
  if (ours.input.valid()) {
    moved = write_all(ours.input.get(), call.input);
    ours.input.reset();
  }
  if (moved && ours.output.valid()) {
    moved = read_all(ours.output.get(), output);
  }
  ours.output.reset();  // a program that still prints ends by that
  const Result<void> ended = wait_for(*pid);
  return moved ? ended : moved;
}

}  // namespace kamexec::bare
