// SPDX-License-Identifier: GPL-2.0-or-later
// A server that greets, and says nothing more: what it is sent is read and forgotten.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace kamexec::nats {

class FakeServer {
 public:
  /// @p greeting: sent to each connection as it is; empty: nothing is.
  explicit FakeServer(std::string greeting);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  /// Connections that it has accepted, and that have ended.
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] int ended() const { return ended_; }

 private:
  void run();

  std::string greeting_;
  UniqueFd listener_;
  UniqueFd stop_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> ended_{0};
  std::thread thread_;
};

/// An INFO line as a server sends it, with @p more in its object: `"ldm":true`.
[[nodiscard]] std::string info_line(const std::string& more = "");

}  // namespace kamexec::nats
