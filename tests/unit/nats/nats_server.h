// SPDX-License-Identifier: GPL-2.0-or-later
// A real nats-server, Debian's, as a child of the test: on the loopback device, in a directory of
// its own, and never left behind.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kamexec::nats {

/// A directory that is removed with all that is in it.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file there, readable by us alone; its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

class NatsServer {
 public:
  /// Whether there is one on this machine.
  [[nodiscard]] static bool is_installed();

  /// @p configuration: the text of its file, without the port. It isn't started.
  explicit NatsServer(std::string configuration = "");
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  /// Starts it and waits until it accepts connections; at the second time, on the same port. False:
  /// it has ended, or doesn't begin.
  bool start();
  /// SIGKILL, and waits for its end.
  void kill();
  /// With SIGSTOP it waits until it is stopped.
  void signal(int number) const;
  /// Whether it has ended by itself.
  bool has_ended();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// nats://127.0.0.1:PORT
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const TestDirectory& directory() const { return directory_; }
  /// What it has logged.
  [[nodiscard]] std::string log() const;

 private:
  bool find_port();

  TestDirectory directory_;
  std::string configuration_;
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

/// A port on the loopback device that nobody uses by now.
[[nodiscard]] std::uint16_t free_port();

}  // namespace kamexec::nats
