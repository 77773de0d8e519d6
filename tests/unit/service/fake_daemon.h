// SPDX-License-Identifier: GPL-2.0-or-later
// A daemon that says what a test lets it say: a listening socket in a directory of its own, and the
// connections that it took. Every wait is bounded and generous; one that fails is a failed test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"

namespace kamexec::service {

/// The daemon's end of one connection.
class Peer {
 public:
  explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}

  /// One line without its LF. Empty at the end of what the client sends.
  std::string line();
  /// The next request, from "request" or "control" to its "end", LFs and all.
  std::string request();
  /// Reads @p count bytes and leaves the rest.
  void swallow(std::size_t count);
  /// The client has sent nothing that wasn't read.
  [[nodiscard]] bool has_nothing_more() const;
  /// The client closes it.
  [[nodiscard]] bool is_closed();

  void say(std::string_view text);
  /// Says as much as goes until the client is gone, without waiting for it for ever.
  void say_for_ever(std::string_view text);
  /// Takes no more, as a daemon that drains: reads what is there and keeps it.
  void drain();
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  std::string read_;
};

/// The id of a request's text.
[[nodiscard]] std::string id_of(std::string_view request);
/// A reply to it: status, and what stands between its first line and its last.
[[nodiscard]] std::string reply_to(std::string_view request, std::string_view status = "0",
                                   std::string_view lines = "");
[[nodiscard]] std::string failed(std::string_view request, std::string_view word,
                                 std::string_view lines = "");

class FakeDaemon {
 public:
  /// @p backlog: connections that wait to be accepted.
  explicit FakeDaemon(int backlog = 16);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// The next connection that says hello.
  Peer accept();
  /// … and greeted: hello, @p programs ("program lcr 2000 uri\n"…), ready.
  Peer greet(std::string_view programs = "");
  /// No connection waits to be accepted.
  [[nodiscard]] bool nobody_calls() const;
  /// The socket's file stays, and nobody listens.
  void stop_listening() { listener_.reset(); }
  void remove();

  /// Plays a daemon while the test waits for a call. Joined by its end.
  void play(std::function<void()> part);
  void join();

 private:
  std::string directory_;
  std::string path_;
  UniqueFd listener_;
  std::thread thread_;
};

}  // namespace kamexec::service
