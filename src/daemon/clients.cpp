// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/clients.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <cerrno>

#include "daemon/log.h"

namespace kamexec::daemon {
namespace {

/// Connections let in by one turn: what the others want has its turn, too.
constexpr std::size_t kMostAccepted = 64;
/// How long nobody is let in where there is no descriptor, memory or room.
constexpr std::chrono::milliseconds kAcceptPause{50};
/// How often connections that may have taken too long are looked at.
constexpr std::chrono::milliseconds kCheckInterval{500};

}  // namespace

Clients::Clients(EventLoop& loop, Requests& requests) : loop_(loop), shared_{loop, requests} {}

Clients::~Clients() {
  stop_listening();
}

void Clients::set_limits(const ClientLimits& limits) {
  limits_ = limits;
  limits_.connections = std::max<std::size_t>(limits_.connections, 1);
  shared_.limits = limits_.each;
}

Result<void> Clients::listen(Listener listener) {
  listener_ = std::move(listener);
  if (const int error = loop_.add(listener_.fd(), EPOLLIN, *this); error != 0) {
    return system_failure("epoll", error);
  }
  watched_ = true;
  return {};
}

void Clients::on_events(std::uint32_t) {
  accept_some(kMostAccepted);
}

void Clients::accept_some(std::size_t most) {
  for (; most > 0; --most) {
    if (connections_.size() >= limits_.connections) {
      if (!somebody_waits()) {
        return;
      }
      if (!make_room()) {
        pause_accepting(Clock::now());
        return;
      }
    }
    UniqueFd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.valid()) {
      let_in(std::move(fd));
      continue;
    }
    switch (errno) {
      case EINTR:
      case ECONNABORTED:
        continue;
      case EAGAIN:
        return;
      default:  // no descriptor, no memory: it won't be better at once
        if (!make_room()) {
          pause_accepting(Clock::now());
          return;
        }
        continue;
    }
  }
}

bool Clients::somebody_waits() const {
  pollfd waiting{listener_.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

void Clients::let_in(UniqueFd fd) {
  ++counters_.accepted;
  Result<Peer> peer = peer_of(fd.get());
  if (!peer) {
    return;
  }
  auto connection = std::make_unique<Connection>(std::move(fd), std::move(*peer), shared_);
  if (!connection->open()) {
    return;
  }
  connections_.push_back(std::move(connection));
}

/// Takes an idle connection away: one that has never made a call, or else the one that has been
/// idle for longest. Its client connects anew with its next call, and loses nothing. false: none
/// is idle.
bool Clients::make_room() {
  Connection* chosen = nullptr;
  const auto before = [](const Connection& left, const Connection& right) {
    const bool unused = left.calls_begun() == 0;
    return unused == (right.calls_begun() == 0) ? left.last_used() < right.last_used() : unused;
  };
  for (const auto& connection : connections_) {
    if (!connection->closed() && connection->idle() &&
        (chosen == nullptr || before(*connection, *chosen))) {
      chosen = connection.get();
    }
  }
  if (chosen == nullptr) {
    return false;
  }
  ++counters_.evicted;
  chosen->drain();
  settle();
  return true;
}

void Clients::pause_accepting(TimePoint now) {
  if (watched_) {
    loop_.change(listener_.fd(), 0, *this);
    watched_ = false;
  }
  accept_again_ = now + kAcceptPause;
  next_check_ = std::min(next_check_, accept_again_);
}

void Clients::settle() {
  while (!shared_.written.empty()) {
    std::vector<Connection*> written;
    written.swap(shared_.written);
    for (Connection* connection : written) {
      connection->flush();
    }
    written.clear();
    if (shared_.written.empty()) {
      shared_.written.swap(written);  // its memory is used again
    }
  }
  if (shared_.memory > limits_.memory) {
    // A good part of it; if nobody holds one, all do.
    static_cast<void>(
        take_memory_back(limits_.memory / (2 * std::max<std::size_t>(count(), 1)), nullptr));
  }
  if (next_check_ == kNoDeadline && !connections_.empty()) {
    next_check_ = Clock::now() + kCheckInterval;
  }
  if (shared_.closed.empty()) {
    return;
  }
  shared_.closed.clear();
  connections_.remove_if([](const auto& connection) { return connection->closed(); });
}

bool Clients::keep_within_memory(const Connection& from) {
  return take_memory_back(2 * from.held(), &from);
}

/// Where clients hold more than they may: of those that hold more than @p least, the one goes that
/// has been about the same request, or has left its replies unread, for longest; if there is none,
/// the one that holds most. false: they still do.
bool Clients::take_memory_back(std::size_t least, const Connection* spared) {
  const auto before = [](const Connection& left, const Connection& right) {
    const TimePoint since = left.stuck_since();
    return since == right.stuck_since() ? left.held() > right.held() : since < right.stuck_since();
  };
  while (shared_.memory > limits_.memory) {
    Connection* chosen = nullptr;
    for (const auto& connection : connections_) {
      if (connection.get() != spared && !connection->closed() && connection->held() > least &&
          (chosen == nullptr || before(*connection, *chosen))) {
        chosen = connection.get();
      }
    }
    if (chosen == nullptr) {
      return false;
    }
    chosen->close("all clients hold more memory than they may (memory)");
  }
  return true;
}

void Clients::check_time(TimePoint now) {
  if (now < next_check_) {
    return;
  }
  if (now >= accept_again_) {
    accept_again_ = kNoDeadline;
    if (listener_.valid() && !watched_) {
      loop_.change(listener_.fd(), EPOLLIN, *this);
      watched_ = true;
    }
  }
  TimePoint next = kNoDeadline;
  for (const auto& connection : connections_) {
    connection->check_time(now);
    if (!connection->closed()) {
      next = std::min(next, connection->due());
    }
  }
  next_check_ = std::min(accept_again_, next == kNoDeadline ? next : now + kCheckInterval);
  settle();
}

void Clients::stop_listening() {
  if (listener_.valid()) {
    loop_.remove(listener_.fd(), *this);
    listener_.close();
    watched_ = false;
    accept_again_ = kNoDeadline;
  }
}

void Clients::stop() {
  if (listener_.valid() && !listener_.outlives_us()) {
    listener_.take_path_away();
    limits_.connections = SIZE_MAX;
    accept_some(SOMAXCONN);
  }
  stop_listening();
  for_each([](Connection& connection) { connection.drain(); });
  settle();
}

void Clients::close_all(std::string_view why) {
  stop_listening();
  for_each([why](Connection& connection) { connection.close(why); });
  settle();
}

}  // namespace kamexec::daemon
