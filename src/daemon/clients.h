// SPDX-License-Identifier: GPL-2.0-or-later
// All clients of a daemon: who is let in, who has to make room, who has taken too long.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "daemon/connection.h"
#include "daemon/event_loop.h"
#include "daemon/listener.h"

namespace kamexec::daemon {

struct ClientLimits {
  ConnectionLimits each{};
  std::size_t connections = 4096;
  std::size_t memory = std::size_t{64} << 20;  ///< bytes that all hold
};

/// Since the daemon's start.
struct ClientCounters {
  std::uint64_t accepted = 0;
  std::uint64_t evicted = 0;  ///< idle ones that made room for others
  std::uint64_t closed_for_fault = 0;
};

class Clients final : public EventHandler {
 public:
  /// @p loop and @p requests must outlive it.
  Clients(EventLoop& loop, Requests& requests);
  ~Clients() override;
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// The request limit holds for clients that connect from now on, the others at once.
  void set_limits(const ClientLimits& limits);

  /// Lets clients in. The error: it can't be watched.
  [[nodiscard]] Result<void> listen(Listener listener);
  [[nodiscard]] const Listener& listener() const { return listener_; }

  /// To be called when a turn of the loop is over, and after what wrote to connections: sends what
  /// is to be sent and destroys what was closed.
  void settle();
  /// What is due by time.
  void check_time(TimePoint now);
  [[nodiscard]] TimePoint wake_at() const { return next_check_; }

  /// For a call that @p from has just been made to hold: whether all hold no more than they may.
  /// Where they do, those that hold far more than @p from are closed first, so that one client's
  /// large requests aren't paid for by the others' small ones.
  [[nodiscard]] bool keep_within_memory(const Connection& from);

  /// Lets nobody in any more and has all connections drained (Connection::drain()). With a socket
  /// that ends with us, those that have connected already are let in first.
  void stop();
  /// Another process has the socket by now, and its path: to be followed by stop().
  void give_socket_away() { listener_.give_path_away(); }
  /// Closes all, whatever is under way.
  void close_all(std::string_view why);

  [[nodiscard]] std::size_t count() const { return connections_.size(); }
  [[nodiscard]] bool empty() const { return connections_.empty(); }
  [[nodiscard]] std::size_t memory() const { return shared_.memory; }
  [[nodiscard]] const ClientCounters& counters() const { return counters_; }
  void count_fault() { ++counters_.closed_for_fault; }

  template <typename Body>
  void for_each(Body body) {
    for (const auto& connection : connections_) {
      body(*connection);
    }
  }

  /// Of the listener.
  void on_events(std::uint32_t events) override;

 private:
  /// In no order of use: the one to make room is looked for, which is rare.
  using List = std::list<std::unique_ptr<Connection>>;

  void accept_some(std::size_t most);
  [[nodiscard]] bool somebody_waits() const;
  void let_in(UniqueFd fd);
  [[nodiscard]] bool make_room();
  void pause_accepting(TimePoint now);
  [[nodiscard]] bool take_memory_back(std::size_t least, const Connection* spared);
  void stop_listening();

  EventLoop& loop_;
  ClientLimits limits_;
  ConnectionShared shared_;
  List connections_;
  Listener listener_;
  bool watched_ = false;  // the listener
  TimePoint accept_again_ = kNoDeadline;
  TimePoint next_check_ = kNoDeadline;
  ClientCounters counters_;
};

}  // namespace kamexec::daemon
