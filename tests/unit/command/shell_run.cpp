// SPDX-License-Identifier: GPL-2.0-or-later
#include "shell_run.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <ostream>

#include "base/unique_fd.h"
#include "command/argv.h"

namespace kamexec::command {
namespace {

constexpr int kLongestRunMs = 60'000;

std::string content(int fd) {
  std::string text;
  std::array<char, 65536> piece = {};
  ::lseek(fd, 0, SEEK_SET);
  for (ssize_t got = 0; (got = ::read(fd, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// Waits for the child, and ends it where it takes too long.
void wait_for(pid_t child, ShellResult& result) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  pollfd ended = {handle.get(), POLLIN, 0};
  const bool in_time = ::poll(&ended, 1, kLongestRunMs) == 1;
  if (!in_time) {
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  result.ended = in_time && WIFEXITED(status);
  result.status = result.ended ? WEXITSTATUS(status) : -1;
}

}  // namespace

void PrintTo(const Shell& shell, std::ostream* out) {
  *out << shell.name;
}

std::vector<Shell> shells(bool common) {
  const std::vector<Shell> all = {
      {"dash", {"dash"}},
      {"bash", {"bash"}},
      {"bash_posix", {"bash", "--posix"}},
      {"busybox", {"busybox", "sh"}},
      {"mksh", {"mksh"}, false},
      {"zsh", {"zsh", "-f"}, false},
      {"ksh93", {"ksh93"}, false},
      {"yash", {"yash"}, false},
      {"posh", {"posh"}, false},
  };
  std::vector<Shell> here;
  for (Shell shell : all) {
    shell.words[0] = find_program(shell.words[0], "/usr/local/bin:/usr/bin:/bin");
    if (shell.is_common == common && !shell.words[0].empty()) {
      here.push_back(std::move(shell));
    }
  }
  return here;
}

ShellRun::ShellRun(Shell shell) : shell_(std::move(shell)) {
  std::string name = TEST_DIRECTORY "/run-XXXXXX";
  directory_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
}

ShellRun::~ShellRun() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool ShellRun::left_nothing() const {
  std::error_code failed;
  return std::filesystem::is_empty(directory_, failed) && !failed;
}

ShellResult ShellRun::run(const std::vector<char*>& argv) const {
  std::array<std::string, 4> variables = {"PATH=" TEST_PROGRAMS ":/usr/bin:/bin", "LC_ALL=C",
                                          "HOME=/nonexistent", "PWD=" + directory_.string()};
  std::array<char*, 5> environment = {variables[0].data(), variables[1].data(), variables[2].data(),
                                      variables[3].data(), nullptr};
  // Files in memory: what is written never has to wait for a reader.
  const UniqueFd output(::memfd_create("output", MFD_CLOEXEC));
  const UniqueFd error(::memfd_create("error", MFD_CLOEXEC));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, error.get(), 2);
  posix_spawn_file_actions_addchdir_np(&actions, directory_.c_str());
  ShellResult result;
  pid_t child = 0;
  if (::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environment.data()) == 0) {
    wait_for(child, result);
    result.output = content(output.get());
    result.error = content(error.get());
  }
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

ShellResult ShellRun::prepared(const PreparedCommand& command,
                               std::span<const std::string_view> values) const {
  PreparedCommand in_shell = command;
  in_shell.words.clear();  // plain words too
  Argv argv;
  ShellResult result;
  if (Result<void> filled = argv.fill(in_shell, values); !filled) {
    result.error = filled.error().message;
    return result;
  }
  std::vector<std::string> words = shell_.words;
  std::vector<char*> pointers;
  pointers.reserve(words.size() + argv.size());
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.insert(pointers.end(), argv.data() + 1, argv.data() + argv.size() + 1);
  return run(pointers);
}

ShellResult ShellRun::text(const std::string& text) const {
  PreparedCommand command;
  command.shell_text = text;
  return prepared(command, {});
}

std::string shown(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    text += std::to_string(argument.size()) + ":" + argument + "\n";
  }
  return text;
}

}  // namespace kamexec::command
