// SPDX-License-Identifier: GPL-2.0-or-later
// One connection to a NATS server, as the loop's thread has it: it reads and writes, and nothing
// here waits. What its subscriptions and requests have got is asked for (inbox.h); what comes to
// its own inbox is posted by its channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "nats/connect.h"
#include "nats/inbox.h"
#include "nats/link.h"
#include "nats/link_options.h"
#include "nats/spent_messages.h"
#include "nats/subscriptions.h"
#include "process/watch_set.h"

namespace kamexec::nats {

/// Whether @p subject can be one: not empty, and without what would end it in the protocol.
[[nodiscard]] bool is_subject(std::string_view subject);

class Connection {
 public:
  /// Watches it in @p watched, with its number as the key. Its reading is over when is_lost().
  Connection(Connected made, const LinkOptions& options, process::WatchSet& watched);
  /// Closes it, without waiting.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const Server& server() const { return made_.server; }
  [[nodiscard]] const std::string& server_version() const { return made_.server_version; }
  [[nodiscard]] std::size_t max_payload() const;

  /// Its end was found: nothing can be sent any more, and nothing comes.
  [[nodiscard]] bool is_lost() const { return made_.channel->fd < 0; }
  /// When something last came.
  [[nodiscard]] TimePoint last_heard() const { return last_heard_; }

  // Sending.

  [[nodiscard]] tl::expected<void, Failure> publish(const Outgoing& message);
  /// As publish(), with an inbox of ours as the reply; it is answered by what give() gives for @p
  /// id, or by what is posted.
  [[nodiscard]] tl::expected<void, Failure> request(const Outgoing& message, RequestId id);
  /// Sends a message to our own inbox. It is answered when pinged() gives that number, after
  /// everything that the server had sent before. 0: it can't be sent.
  [[nodiscard]] std::uint64_t ping();

  // The inbox.

  /// Which request a message to @p subject answers that was posted; 0: none.
  [[nodiscard]] RequestId request_of(std::string_view subject) { return inbox_.heard(subject); }
  /// Nobody waits for its answer any more.
  void forget(RequestId id) { inbox_.forget(id); }
  /// Whether @p subject is a ping's, which then counts as answered with all before it.
  bool pinged(std::string_view subject);
  [[nodiscard]] std::uint64_t last_pinged() const { return last_pinged_; }
  /// Where a connection to another server of the cluster sends a message that follows everything
  /// that its server had sent to this one's before. It is pinged()'s, too.
  [[nodiscard]] std::string handover_subject() const;
  [[nodiscard]] bool is_handed_over() const { return is_handed_over_; }
  [[nodiscard]] std::uint64_t last_ping() const { return last_ping_; }

  // Subscriptions.

  [[nodiscard]] Result<void> subscribe(const Subscription& wanted);
  /// Begins to end it: what the server has sent still comes. has() is true until all of it was
  /// given.
  void unsubscribe(SubscriptionId id);
  [[nodiscard]] bool has(SubscriptionId id) const { return held_.count(id) != 0; }
  [[nodiscard]] bool has_any() const { return !held_.empty(); }
  [[nodiscard]] bool ends_any() const { return ending_ > 0; }
  /// Gives all messages that have come: after each read(), as those are lost that lie here when the
  /// connection is.
  void give(const std::function<void(SubscriptionId, natsMsg*)>& give,
            const Inbox::Give& give_answer);
  /// How many came faster than they were given.
  [[nodiscard]] std::uint64_t dropped() const;

  // The loop's part.

  /// False: nothing was there, or not enough of it.
  bool read();
  /// read() is to be called again in a while, too: a part of a record has come (with TLS).
  [[nodiscard]] bool waits_for_rest() const { return rest_since_ != kNoDeadline; }
  /// Hands what the library has to the kernel, as much as that takes.
  void write();
  [[nodiscard]] bool has_unsent() const { return made_.channel->writes; }
  /// write() is to be called again in a while: nothing tells when there is room (with TLS).
  [[nodiscard]] bool waits_for_room() const { return waits_for_room_; }

 private:
  struct Held {
    LibrarySubscription subscription;
    std::uint64_t ends_with_ping = 0;  ///< when that is answered nothing more comes; 0: it lives
  };

  /// For a message of that size, among what is to be sent.
  [[nodiscard]] bool has_room(std::size_t bytes);
  [[nodiscard]] tl::expected<void, Failure> send(const Outgoing& message, const char* reply);
  void watch(process::WatchSet::Readiness readiness);
  [[nodiscard]] std::uint64_t count_come();

  Connected made_;
  std::uint64_t number_;
  const LinkOptions& options_;
  process::WatchSet& watched_;
  bool watches_writing_ = false;
  bool waits_for_room_ = false;
  TimePoint rest_since_ = kNoDeadline;
  TimePoint last_heard_;
  std::uint64_t last_ping_ = 0;
  std::uint64_t last_pinged_ = 0;
  bool is_handed_over_ = false;
  std::map<SubscriptionId, Held> held_;
  std::uint64_t dropped_by_ended_ = 0;
  std::size_t ending_ = 0;  // of those
  LibraryStatistics statistics_;
  std::uint64_t come_ = 0;            // messages, since the start
  std::vector<SubscriptionId> have_;  // subscriptions, of what is given: its memory is used again
  SpentMessages spent_;
  Inbox inbox_;
  std::string subject_;  // of what is sent, ended as C wants it
  std::string reply_;
};

}  // namespace kamexec::nats
