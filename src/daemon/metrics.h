// SPDX-License-Identifier: GPL-2.0-or-later
// The page for Prometheus, where the configuration wants one: docs/reference/metrics.md lists what
// is on it. prometheus-cpp serves it, with threads of its own.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/status.h"

namespace kamexec::daemon {

/// Used by one thread. The library's threads handle no signal, and see nothing but what publish()
/// has left for them. Programs inherit none of its descriptors: process/child_setup.cpp closes all.
class Metrics {
 public:
  Metrics();
  /// Closes the page. What is being sent to a slow client then ends by itself.
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Serves the page at @p address, HOST:PORT; empty: nowhere. The error: it can't be served there;
  /// another process may have the port, so that it is worth another try later. The same address
  /// again changes nothing where the page is served.
  [[nodiscard]] Result<void> serve_at(const std::string& address);
  [[nodiscard]] bool is_served() const;

  /// What the page says from now on.
  void publish(const DaemonStatus& status);

 private:
  struct Page;
  void close();

  std::unique_ptr<Page> page_;
  std::string address_;
};

}  // namespace kamexec::daemon
