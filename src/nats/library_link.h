// SPDX-License-Identifier: GPL-2.0-or-later
// The Link on libnats: what libnats_link.h makes. Its functions are in three files: those of the
// interface and the turns of the loop in library_link.cpp, what is sent, comes and ends in
// library_link_messages.cpp, connections that come and go in library_link_connections.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nats/connection.h"
#include "nats/connector.h"
#include "nats/link.h"
#include "nats/link_options.h"
#include "nats/posts.h"
#include "nats/requests.h"
#include "nats/server.h"
#include "nats/subscriptions.h"
#include "process/watch_set.h"

namespace kamexec::nats {

/// A connection and what the link intends with it.
struct Kept {
  std::unique_ptr<Connection> connection;
  bool retires = false;                     ///< another one has taken its place
  bool is_silent = false;                   ///< that is because its server doesn't answer
  std::uint64_t taken_over = 0;             ///< that one's ping: answered, it has all subscriptions
  TimePoint hands_over_at = kNoDeadline;    ///< the next message to the handover's subject
  TimePoint hands_over_most = kNoDeadline;  ///< then the subscriptions here end all the same
  bool ends_subscriptions = false;
  TimePoint pings_at{};     ///< the next ping, if nothing is heard until then
  unsigned unanswered = 0;  ///< pings in a row
};

class LibraryLink final : public Link {
 public:
  LibraryLink(LinkOptions options, std::vector<Server> servers, std::shared_ptr<Posts> posts,
              process::WatchSet watched)
      : options_(std::move(options)),
        posts_(std::move(posts)),
        watched_(std::move(watched)),
        connector_(options_, std::move(servers), posts_) {}

  [[nodiscard]] Result<void> start();
  ~LibraryLink() override;

  tl::expected<void, Failure> publish(const Outgoing& message) override;
  tl::expected<RequestId, Failure> request(const Outgoing& message, TimePoint deadline,
                                           Answered answered, Failed failed) override;
  void forget(RequestId id) override;
  SubscriptionId subscribe(std::string subject, std::string queue, Handler handler) override;
  void unsubscribe(SubscriptionId id, Done done) override;
  [[nodiscard]] const LinkState& state() const override { return state_; }
  void on_change(std::function<void()> changed) override { changed_ = std::move(changed); }

  [[nodiscard]] int fd() const override { return watched_.fd(); }
  void step() override;
  void settle() override;
  [[nodiscard]] bool is_flushed() const override;

 private:
  [[nodiscard]] Connection* current() const;
  [[nodiscard]] Kept* find(std::uint64_t number);
  /// Requests wait: for the answer to a ping, or for the connection that replaces one.
  [[nodiscard]] bool holds_back() const { return probes_ || replaces_; }

  void take_posts();
  void take_posted(Kept& from, natsMsg* message);
  void answer(ConnectionId over, RequestId id, natsMsg* message);
  void refuse(std::uint64_t connection, const std::string& text);
  void give_messages(Kept& from);
  void read(std::uint64_t number);

  void take_connection();
  void adopt(Connected made);
  void replace_current();
  void lose(std::uint64_t number);
  void probe();
  void look_at_probe(TimePoint now);
  void send_kept();
  void ping_idle(TimePoint now);
  /// Makes a step of it. True: nothing is lost any more when the subscriptions of @p old end.
  [[nodiscard]] bool hand_over(Kept& old, TimePoint now);
  void end_retired(TimePoint now);
  void finish_subscriptions();
  void time_out(TimePoint now);
  [[nodiscard]] std::optional<Request> end(RequestId id);
  void fail(RequestId id, Failure failure, std::string_view detail);
  void set_alarm();
  void update_state();
  template <typename Function, typename... Arguments>
  void call(const Function& function, const Arguments&... arguments);

  LinkOptions options_;
  std::shared_ptr<Posts> posts_;
  process::WatchSet watched_;
  Connector connector_;
  Requests requests_;
  Subscriptions subscriptions_;
  SubscriptionId last_subscription_ = 0;
  std::map<std::uint64_t, Kept> connections_;
  std::uint64_t current_ = 0;  // its number; 0: none
  bool probes_ = false;        // a ping goes before the requests that are kept
  TimePoint probe_ends_{};
  std::uint64_t probe_ping_ = 0;
  bool replaces_ = false;  // the current one was given up, unasked: requests wait for the next
  std::uint64_t dropped_before_ = 0;          // by connections that are gone
  std::uint64_t dropped_by_connections_ = 0;  // with those
  bool counts_dropped_ = false;               // that has changed
  LinkState state_;
  std::function<void()> changed_;
  bool was_connected_ = false;
};

template <typename Function, typename... Arguments>
void LibraryLink::call(const Function& function, const Arguments&... arguments) {
  if (!function) {
    return;
  }
  try {
    function(arguments...);
  } catch (...) {
    // Against the contract; the others' messages are not to be lost for it.
    state_.trouble = "a function that handles messages has failed";
  }
}

}  // namespace kamexec::nats
