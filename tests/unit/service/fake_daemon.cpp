// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "process/poll_until.h"

namespace kamexec::service {
namespace {

constexpr std::chrono::milliseconds kGenerous{20'000};

bool wait_for(int fd, short events, std::chrono::milliseconds time = kGenerous) {
  pollfd entry{fd, events, 0};
  const TimePoint until = after(Clock::now(), time);
  while (Clock::now() < until) {
    if (const auto ready = process::poll_until(&entry, 1, until); ready && *ready > 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string Peer::line() {
  std::size_t end = 0;
  while ((end = read_.find('\n')) == std::string::npos) {
    std::array<char, 65536> buffer{};
    if (!wait_for(fd_.get(), POLLIN)) {
      ADD_FAILURE() << "the client sends nothing";
      return "";
    }
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) {
      return "";
    }
    read_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  std::string text = read_.substr(0, end);
  read_.erase(0, end + 1);
  return text;
}

std::string Peer::request() {
  std::string text;
  for (;;) {
    const std::string next = line();
    if (next.empty()) {
      ADD_FAILURE() << "the client closed in a request: " << text;
      return text;
    }
    text += next + "\n";
    if (next.starts_with("end ")) {
      return text;
    }
  }
}

void Peer::swallow(std::size_t count) {
  std::string buffer(count, '\0');
  while (count > 0 && wait_for(fd_.get(), POLLIN)) {
    const ssize_t got = ::recv(fd_.get(), buffer.data(), count, 0);
    if (got <= 0) {
      ADD_FAILURE() << "the client closed";
      return;
    }
    count -= static_cast<std::size_t>(got);
  }
}

bool Peer::has_nothing_more() const {
  char byte = 0;
  return read_.empty() && ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool Peer::is_closed() {
  return wait_for(fd_.get(), 0);  // POLLHUP, which is always told
}

void Peer::say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(fd_.get(), POLLOUT)) {
      ADD_FAILURE() << "the client takes nothing: " << std::strerror(errno);
      return;
    }
  }
}

void Peer::say_for_ever(std::string_view text) {
  for (const TimePoint until = after(Clock::now(), kGenerous); Clock::now() < until;) {
    if (!wait_for(fd_.get(), POLLOUT, std::chrono::milliseconds(500)) ||
        (::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
         errno != EAGAIN)) {
      return;
    }
  }
}

void Peer::drain() {
  ::shutdown(fd_.get(), SHUT_RD);
  std::array<char, 65536> buffer{};
  ssize_t got = 0;
  while ((got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
    read_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string id_of(std::string_view request) {
  const std::size_t begin = request.find(' ') + 1;
  return std::string(request.substr(begin, request.find(' ', begin) - begin));
}

std::string reply_to(std::string_view request, std::string_view status, std::string_view lines) {
  const std::string id = id_of(request);
  return "reply " + id + " " + std::string(status) + "\n" + std::string(lines) + "end " + id + "\n";
}

std::string failed(std::string_view request, std::string_view word, std::string_view lines) {
  const std::string id = id_of(request);
  return "failed " + id + " " + std::string(word) + "\n" + std::string(lines) + "end " + id + "\n";
}

FakeDaemon::FakeDaemon(int backlog) {
  std::string made = ::testing::TempDir() + "kamexec-service-XXXXXX";
  EXPECT_NE(::mkdtemp(made.data()), nullptr);
  directory_ = made;
  path_ = directory_ + "/s";
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  EXPECT_EQ(::listen(listener_.get(), backlog), 0);
}

FakeDaemon::~FakeDaemon() {
  join();
  remove();
  ::rmdir(directory_.c_str());
}

void FakeDaemon::remove() {
  ::unlink(path_.c_str());
}

Peer FakeDaemon::accept() {
  while (wait_for(listener_.get(), POLLIN)) {
    Peer peer(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    if (const std::string hello = peer.line(); !hello.empty()) {
      EXPECT_EQ(hello, "hello 2");
      return peer;
    }
    // The client has given that one up.
  }
  ADD_FAILURE() << "nobody connects";
  return Peer(UniqueFd());
}

Peer FakeDaemon::greet(std::string_view programs) {
  Peer peer = accept();
  peer.say("hello 2\n" + std::string(programs) + "ready\n");
  return peer;
}

bool FakeDaemon::nobody_calls() const {
  return !wait_for(listener_.get(), POLLIN, std::chrono::milliseconds(50));
}

void FakeDaemon::play(std::function<void()> part) {
  join();
  thread_ = std::thread(std::move(part));
}

void FakeDaemon::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

}  // namespace kamexec::service
