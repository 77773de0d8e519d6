// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace kamexec::nats {
namespace {

/// Debian's, or the one that $NATS_SERVER names.
const char* program() {
  const char* const named = std::getenv("NATS_SERVER");
  return named != nullptr && *named != '\0' ? named : "/usr/sbin/nats-server";
}

constexpr std::chrono::seconds kPatience{60};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool accepts(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

TestDirectory::TestDirectory() {
  std::string made = std::filesystem::temp_directory_path() / "kamexec-nats-XXXXXX";
  if (::mkdtemp(made.data()) == nullptr) {
    std::abort();
  }
  path_ = made;
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestDirectory::write(const std::string& name, const std::string& text) const {
  const std::string path = path_ + "/" + name;
  const UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    std::abort();
  }
  return path;
}

bool NatsServer::is_installed() {
  return ::access(program(), X_OK) == 0;
}

NatsServer::NatsServer(std::string configuration) : configuration_(std::move(configuration)) {}

NatsServer::~NatsServer() {
  kill();
}

bool NatsServer::start() {
  kill();
  const std::string file = directory_.write("nats.conf", configuration_ + "\n");
  const std::string log_file = directory_.path() + "/log";
  const std::string port = port_ == 0 ? "-1" : std::to_string(port_);
  const char* const file_name = program();
  std::array<const char*, 12> argv{file_name,
                                   "-c",
                                   file.c_str(),
                                   "-a",
                                   "127.0.0.1",
                                   "-p",
                                   port.c_str(),
                                   "-l",
                                   log_file.c_str(),
                                   "--ports_file_dir",
                                   directory_.path().c_str(),
                                   nullptr};
  const pid_t test = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != test) {
      ::_exit(1);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv(file_name, const_cast<char**>(argv.data()));
    ::_exit(127);
  }
  const TimePoint deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return false;
    }
    if ((port_ != 0 || find_port()) && accepts(port_)) {
      return true;
    }
    pause();
  }
  return false;
}

/// From the file of its ports, which it writes when it has them.
bool NatsServer::find_port() {
  const std::string path = directory_.path() + "/nats-server_" + std::to_string(pid_) + ".ports";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  constexpr std::string_view kBefore = "://127.0.0.1:";  // of nats or tls
  const std::size_t found = text.str().find(kBefore);
  if (found == std::string::npos || text.str().find('}') == std::string::npos) {
    return false;
  }
  port_ = static_cast<std::uint16_t>(std::atoi(text.str().c_str() + found + kBefore.size()));
  return port_ != 0;
}

void NatsServer::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
  }
}

void NatsServer::signal(int number) const {
  ::kill(pid_, number);
  if (number == SIGSTOP) {
    // Its threads stop one after the other.
    int status = 0;
    while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
  }
}

bool NatsServer::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
    pid_ = 0;
  }
  return pid_ == 0;
}

std::string NatsServer::url() const {
  return "nats://127.0.0.1:" + std::to_string(port_);
}

std::string NatsServer::log() const {
  std::ifstream file(directory_.path() + "/log");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::uint16_t free_port() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  return ntohs(address.sin_port);
}

}  // namespace kamexec::nats
