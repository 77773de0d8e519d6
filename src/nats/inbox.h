// SPDX-License-Identifier: GPL-2.0-or-later
// Where the answers to a connection's requests come, without another thread: subscriptions that the
// loop's thread empties. When nobody responds the library says so, but not to which request; so
// each request has a subscription to itself, a place, while it is under way. Where all places are
// taken a request is answered to the connection's own inbox, by a thread of the library's
// (channel.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nats/library.h"
#include "nats/link.h"
#include "nats/spent_messages.h"

namespace kamexec::nats {

/// INBOX.N is the subject of request N's answer; with a place, INBOX.PLACE.N. Used by the loop's
/// thread alone.
class Inbox {
 public:
  /// Requests under way that cost no thread. Each is a subscription at the server. They are made
  /// when they are needed, and used when an answer has come since: the other servers of a cluster
  /// are to know of them before somebody there answers.
  static constexpr std::size_t kMostPlaces = 128;

  /// @p name: INBOX. @p most_bytes: of what has come to one place and wasn't given. @p connection
  /// must outlive it.
  Inbox(natsConnection* connection, std::string name, int most_bytes)
      : connection_(connection), name_(std::move(name)), most_bytes_(most_bytes) {}

  /// Writes to @p reply where request @p id, which is sent next, is to be answered. Ids grow.
  void begin(RequestId id, std::string& reply);
  /// It could not be sent.
  void take_back(RequestId id);
  /// Nobody waits for its answer any more.
  void forget(RequestId id);

  /// Which request a message to @p subject answers, which has come to the connection's own inbox;
  /// 0: none.
  [[nodiscard]] RequestId heard(std::string_view subject);

  /// Gets which request is answered, 0: none that is under way; and by what, nullptr: nobody
  /// responds.
  using Give = std::function<void(RequestId id, natsMsg* answer)>;
  /// Gives all that has come to the places, @p most messages at the most, and says how many.
  std::uint64_t give(std::uint64_t most, SpentMessages& spent, const Give& give);

  /// How many came faster than they were given.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Place {
    LibrarySubscription subscription;
    RequestId request = 0;  ///< 0: it is free
    bool forgotten = false;
    RequestId known_after = 0;  ///< the last request that was sent before it was made
  };
  [[nodiscard]] Place* find(RequestId id);
  [[nodiscard]] std::size_t first_free() const;
  void free_forgotten();
  void add_places();
  void note_heard(RequestId id);

  natsConnection* connection_;
  std::string name_;
  int most_bytes_;
  std::vector<Place> places_;
  RequestId last_sent_ = 0;
  RequestId last_heard_ = 0;  ///< the last of which something came
};

}  // namespace kamexec::nats
