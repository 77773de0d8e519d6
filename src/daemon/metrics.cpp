// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/metrics.h"

#include <netinet/in.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/signals_blocked.h"
#include "daemon/metric_families.h"

namespace kamexec::daemon {
namespace {

using prometheus::MetricFamily;

/// Threads that answer: a client that reads slowly holds one of them.
constexpr std::size_t kThreads = 2;
/// How long the end of a page is waited for.
constexpr std::chrono::milliseconds kPatience{100};

/// What the library's threads see.
class Snapshot final : public prometheus::Collectable {
 public:
  void set(std::vector<MetricFamily> families) {
    const std::lock_guard<std::mutex> lock(mutex_);
    families_ = std::move(families);
  }
  [[nodiscard]] std::vector<MetricFamily> Collect() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return families_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<MetricFamily> families_;
};

/// The sockets that this process listens on at @p port.
std::vector<int> listeners_at(int port) {
  std::vector<int> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", none)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    int listens = 0;
    socklen_t size = sizeof listens;
    sockaddr_storage address{};
    socklen_t address_size = sizeof address;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || listens == 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) < 0) {
      continue;
    }
    const bool is_ours = (address.ss_family == AF_INET &&
                          ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) == port) ||
                         (address.ss_family == AF_INET6 &&
                          ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port) == port);
    if (is_ours) {
      found.push_back(fd);
    }
  }
  return found;
}

}  // namespace

struct Metrics::Page {
  std::shared_ptr<Snapshot> snapshot;
  prometheus::Exposer exposer;

  explicit Page(const std::string& address)
      : snapshot(std::make_shared<Snapshot>()), exposer(address, kThreads) {
    exposer.RegisterCollectable(snapshot);
  }

  /// The library looks every two seconds whether it is to end, or when something happens to its
  /// socket: this does.
  void wake() const {
    for (const int port : exposer.GetListeningPorts()) {
      for (const int fd : listeners_at(port)) {
        ::shutdown(fd, SHUT_RDWR);
      }
    }
  }
};

Metrics::Metrics() = default;
Metrics::~Metrics() {
  close();
}

void Metrics::close() {
  if (page_ == nullptr) {
    return;
  }
  page_->wake();
  // A client that reads slowly would have the daemon's loop stand still.
  const SignalsBlocked blocked;
  std::promise<void> closed;
  std::future<void> is_closed = closed.get_future();
  try {
    std::thread([page = std::move(page_), done = std::move(closed)]() mutable {
      page.reset();
      done.set_value();
    }).detach();
    is_closed.wait_for(kPatience);
  } catch (const std::system_error&) {
    page_.reset();  // no thread can be made: it is closed here, or was already
  }
}

Result<void> Metrics::serve_at(const std::string& address) {
  if (address == address_ && is_served()) {
    return {};
  }
  close();
  address_ = address;
  if (address.empty()) {
    return {};
  }
  const SignalsBlocked blocked;
  try {
    page_ = std::make_unique<Page>(address);
  } catch (const std::exception&) {
    // The library has no words for it.
    return failure("can't serve metrics at " + address +
                   ": the address isn't of this machine, or the port is in use");
  }
  return {};
}

bool Metrics::is_served() const {
  return page_ != nullptr;
}

void Metrics::publish(const DaemonStatus& status) {
  if (page_ != nullptr) {
    page_->snapshot->set(families_of(status));
  }
}

}  // namespace kamexec::daemon
