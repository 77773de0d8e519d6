// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include <cerrno>

namespace kamexec::process {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string new_tag() {
  static int counter = 0;
  return "KAMEXEC_TEST=" + std::to_string(::getpid()) + "." + std::to_string(++counter);
}

std::vector<int> numbers_in(const char* directory_path) {
  std::vector<int> numbers;
  DIR* directory = ::opendir(directory_path);
  if (directory == nullptr) {
    return numbers;
  }
  while (const dirent* entry = ::readdir(directory)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) {
      numbers.push_back(std::atoi(entry->d_name));
    }
  }
  ::closedir(directory);
  return numbers;
}

}  // namespace

Arguments::Arguments(std::vector<std::string> words) : words_(std::move(words)) {
  for (std::string& word : words_) {
    pointers_.push_back(word.data());
  }
  pointers_.push_back(nullptr);
}

std::string status_value(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + ":\t", 0) == 0) {
      return line.substr(name.size() + 2);
    }
  }
  return "no " + name;
}

bool is_alive(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const std::string stat = contents(directory + "/stat");
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return false;
  }
  const bool first_thread_ended = stat[name_end + 2] == 'Z' || stat[name_end + 2] == 'X';
  return !first_thread_ended || numbers_in((directory + "/task").c_str()).size() > 1;
}

std::vector<pid_t> printed_pids(const std::string& output) {
  std::istringstream text(output);
  return {std::istream_iterator<pid_t>(text), {}};
}

int open_descriptors() {
  return static_cast<int>(numbers_in("/proc/self/fd").size()) - 1;
}

std::string child_program() {
  return KAMEXEC_TEST_CHILD;
}

ProcessTest::ProcessTest() : tag_(new_tag()), environment_({tag_, "PATH=/usr/bin:/bin"}) {}

void ProcessTest::SetUp() {
  descriptors_before_ = open_descriptors();
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before_);
}

void ProcessTest::TearDown() {
  // What was killed a moment ago may need one more to vanish from the table.
  EXPECT_TRUE(eventually([this] { return tagged_processes().empty(); }));
  for (const pid_t pid : tagged_processes()) {
    ::kill(pid, SIGKILL);
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left, a zombie or not";
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(open_descriptors(), descriptors_before_);
  sigset_t mask_now;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_now);
  for (int signal = 1; signal < NSIG; ++signal) {
    EXPECT_EQ(sigismember(&mask_now, signal), sigismember(&mask_before_, signal)) << signal;
  }
}

RunResult ProcessTest::run_child(const std::vector<std::string>& arguments,
                                 const RunOptions& options) {
  return run_program(child_program(), arguments, options);
}

RunResult ProcessTest::run_program(const std::string& path,
                                   const std::vector<std::string>& arguments,
                                   const RunOptions& options) {
  std::vector<std::string> words{path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Arguments argv(std::move(words));
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment_.data();
  return run(start, options);
}

RunOptions ProcessTest::capturing() {
  return ending_after(kGenerous);
}

RunOptions ProcessTest::ending_after(milliseconds timeout, milliseconds grace) {
  RunOptions options;
  options.capture_output = true;
  options.timeout = timeout;
  options.stop.grace = grace;
  return options;
}

std::vector<pid_t> ProcessTest::tagged_processes() const {
  std::vector<pid_t> found;
  for (const int pid : numbers_in("/proc")) {
    const std::string environ_text = '\0' + contents("/proc/" + std::to_string(pid) + "/environ");
    if (environ_text.find('\0' + tag_ + '\0') != std::string::npos && is_alive(pid)) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace kamexec::process
