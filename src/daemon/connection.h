// SPDX-License-Identifier: GPL-2.0-or-later
// One client: what it has sent and is to get, and the bounds of both.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "daemon/event_loop.h"
#include "daemon/peer.h"
#include "service/client_messages.h"

namespace kamexec::daemon {

class Connection;
struct Call;

/// What clients ask for. Called by the loop's turn; nothing here may destroy a Connection.
class Requests {
 public:
  virtual ~Requests() = default;
  virtual void on_hello(Connection& from) = 0;
  virtual void on_call(Connection& from, const service::CallRequest& request) = 0;
  /// Of a call that was refused before it was read as a whole.
  virtual void on_refused(Connection& from, std::string_view id, std::string_view why) = 0;
  virtual void on_cancel(Connection& from, std::string_view id) = 0;
  virtual void on_control(Connection& from, const service::ControlRequest& request) = 0;
  /// It is closed; @p why in words, empty: as it should be. Its calls are nobody's any more.
  virtual void on_closed(Connection& from, std::string_view why) = 0;
};

struct ConnectionLimits {
  std::size_t request_limit = std::size_t{1} << 20;  ///< bytes of a request
  /// Calls in flight of one client. What it sends beyond isn't read: it waits in the socket.
  std::size_t calls = 1024;
  /// Bytes of replies that wait for the client: beyond the first no request is read, beyond the
  /// second the connection is closed. The largest reply that a definition allows fits.
  std::size_t unread_pause = std::size_t{1} << 20;
  std::size_t unread_most = std::size_t{64} << 20;
  /// From the first byte of a request to its last, and from the connection to the hello.
  std::chrono::milliseconds request_time{5'000};
  /// From one byte of a reply that the client takes to the next.
  std::chrono::milliseconds reply_time{10'000};
};

/// What the connections of one daemon share. Not thread-safe.
struct ConnectionShared {
  EventLoop& loop;
  Requests& requests;
  ConnectionLimits limits{};
  std::size_t memory = 0;              ///< bytes that all of them hold
  std::vector<Connection*> written{};  ///< have something to be sent: flush()
  std::vector<Connection*> closed{};   ///< to be destroyed when the turn is over
  std::array<char, 65536> buffer{};    ///< for what is received
};

/// The name that a client has given to a request.
struct RequestKey {
  explicit RequestKey(std::string_view id);
  [[nodiscard]] std::string_view text() const { return {bytes.data(), size}; }
  friend bool operator==(const RequestKey& left, const RequestKey& right) {
    return left.text() == right.text();
  }

  std::array<char, 32> bytes;
  std::uint8_t size;
};
struct RequestKeyHash {
  std::size_t operator()(const RequestKey& key) const {
    return std::hash<std::string_view>()(key.text());
  }
};

class Connection final : public EventHandler, private service::ClientMessages {
 public:
  using Calls = std::unordered_map<RequestKey, Call*, RequestKeyHash>;

  /// @p shared must outlive it.
  Connection(UniqueFd fd, Peer peer, ConnectionShared& shared);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Adds it to the loop; false: it can't be, and may be destroyed.
  [[nodiscard]] bool open();

  [[nodiscard]] const Peer& peer() const { return peer_; }
  [[nodiscard]] bool greeted() const { return greeted_; }
  [[nodiscard]] bool closed() const { return !fd_.valid(); }

  // Its calls in flight, whose owner is Requests.

  [[nodiscard]] const Calls& calls() const { return calls_; }
  [[nodiscard]] Call* find(std::string_view id) const;
  void begin(std::string_view id, Call& call);
  /// Bytes of memory that a call holds count as its client's, until its end().
  void hold(std::size_t bytes);
  void end(std::string_view id, std::size_t bytes);
  [[nodiscard]] std::uint64_t calls_begun() const { return calls_begun_; }

  /// What is to be sent: append to it, then call written().
  [[nodiscard]] std::string& out();
  void written();
  /// Sends what the client takes. Not within Requests' functions.
  void flush();
  /// Sends @p text and a copy of @p descriptor with it, after all that was written before. false:
  /// the client has not taken it, and the connection is closed. Not within Requests' functions.
  [[nodiscard]] bool send_descriptor(std::string_view text, int descriptor);

  /// The client can send no more from now on, and is told so by its next attempt; what it has sent
  /// is read and answered, then the connection is closed: nothing is lost. Not within Requests'
  /// functions.
  void drain();
  /// Closes it at once; within Requests' functions as soon as they have returned.
  void close(std::string_view why);

  /// Nothing is under way on it.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] TimePoint last_used() const { return last_used_; }
  /// Bytes of memory that it holds.
  [[nodiscard]] std::size_t held() const { return counted_; }
  /// Since when a request has been incomplete, or a reply unread; kNoDeadline: neither is.
  [[nodiscard]] TimePoint stuck_since() const;

  /// When check_time() is wanted; kNoDeadline: not before something happens.
  [[nodiscard]] TimePoint due() const;
  /// Closes it where the client has taken too long.
  void check_time(TimePoint now);

  void on_events(std::uint32_t events) override;

 private:
  void on_hello(std::uint32_t version) override;
  void on_call(const service::CallRequest& request) override;
  void on_cancel(std::string_view id) override;
  void on_control(const service::ControlRequest& request) override;
  void on_refused(std::string_view id, std::string_view why) override;

  void handle(std::uint32_t events);
  void receive();
  [[nodiscard]] bool accepts(std::string_view id);
  [[nodiscard]] std::size_t pending() const { return queued_ + out_.size() - sent_; }
  [[nodiscard]] bool reads_more() const;
  void settle();
  void count();
  void first_is_sent();

  UniqueFd fd_;
  const Peer peer_;
  ConnectionShared& shared_;
  service::ClientReader reader_;
  Calls calls_;
  std::size_t call_bytes_ = 0;
  std::uint64_t calls_begun_ = 0;
  // Large replies are kept one by one: a string that holds many of them would be copied as it
  // grows.
  std::deque<std::string> queue_;  // to be sent before out_
  std::size_t queued_ = 0;         // bytes in queue_
  std::size_t queue_memory_ = 0;
  std::string out_;
  std::size_t sent_ = 0;  // bytes of what is sent first
  std::uint32_t watched_ = 0;
  bool greeted_ = false;
  bool draining_ = false;
  bool ended_ = false;      // nothing more comes from the client
  bool reading_ = false;    // in receive(): it must not close itself
  bool completed_ = false;  // a message, by what was received last
  bool in_written_ = false;
  std::string fault_;
  TimePoint last_used_;
  TimePoint request_since_;  // kNoDeadline: none has begun
  TimePoint unread_since_ = kNoDeadline;
  std::size_t counted_ = 0;
};

}  // namespace kamexec::daemon
