// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/libnats_link.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "nats/connection.h"
#include "nats/connector.h"
#include "nats/credentials.h"
#include "nats/refusal.h"
#include "nats/requests.h"
#include "process/watch_set.h"

namespace kamexec::nats {
namespace {

constexpr process::WatchSet::Key kPosts = 0;    // connections have their numbers
constexpr std::chrono::milliseconds kRetry{2};  // until there is room for what is to be sent
constexpr unsigned kMostPings = 2;              // that nobody answers

class LibraryIncoming final : public Incoming {
 public:
  explicit LibraryIncoming(natsMsg* message) : message_(message) {}
  [[nodiscard]] std::string_view subject() const override {
    return as_view(natsMsg_GetSubject(message_));
  }
  [[nodiscard]] std::string_view reply() const override {
    return as_view(natsMsg_GetReply(message_));
  }
  [[nodiscard]] std::string_view payload() const override {
    const int size = natsMsg_GetDataLength(message_);
    return size <= 0 ? std::string_view()
                     : std::string_view(natsMsg_GetData(message_), static_cast<std::size_t>(size));
  }
  [[nodiscard]] std::string_view header(const char* name) const override {
    const char* value = nullptr;
    return natsMsgHeader_Get(message_, name, &value) == NATS_OK ? as_view(value)
                                                                : std::string_view();
  }

 private:
  static std::string_view as_view(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
  }
  natsMsg* message_;
};

/// A connection and what the link intends with it.
struct Kept {
  std::unique_ptr<Connection> connection;
  bool retires = false;          ///< another one has taken its place
  std::uint64_t taken_over = 0;  ///< that one's ping: answered, the subscriptions here may end
  bool ends_subscriptions = false;
  TimePoint pings_at{};     ///< the next ping, if nothing is heard until then
  unsigned unanswered = 0;  ///< pings in a row
};

class LibnatsLink final : public Link {
 public:
  LibnatsLink(LinkOptions options, std::vector<Server> servers, std::shared_ptr<Posts> posts,
              process::WatchSet watched)
      : options_(std::move(options)),
        posts_(std::move(posts)),
        watched_(std::move(watched)),
        connector_(options_, std::move(servers), posts_) {}

  [[nodiscard]] Result<void> start();
  ~LibnatsLink() override;

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
  void answer(Kept& from, natsMsg* message);
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
  void end_retired();
  void finish_subscriptions();
  void time_out(TimePoint now);
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
void LibnatsLink::call(const Function& function, const Arguments&... arguments) {
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

Result<void> LibnatsLink::start() {
  if (const int error = watched_.add(posts_->fd(), process::WatchSet::Readiness::read, kPosts);
      error != 0) {
    return system_failure("can't use NATS: epoll", error);
  }
  set_alarm();
  connector_.want(true);
  connector_.step(Clock::now());
  set_alarm();
  return {};
}

LibnatsLink::~LibnatsLink() {
  settle();  // what the kernel takes is sent
}

Connection* LibnatsLink::current() const {
  const auto found = connections_.find(current_);
  return found == connections_.end() || found->second.connection->is_lost()
             ? nullptr
             : found->second.connection.get();
}

Kept* LibnatsLink::find(std::uint64_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : &found->second;
}

tl::expected<void, Failure> LibnatsLink::publish(const Outgoing& message) {
  Connection* const connection = current();
  if (connection == nullptr) {
    return tl::unexpected(Failure::not_connected);
  }
  return connection->publish(message);
}

tl::expected<RequestId, Failure> LibnatsLink::request(const Outgoing& message, TimePoint deadline,
                                                      Answered answered, Failed failed) {
  Connection* const connection = current();
  if (connection == nullptr && !replaces_) {
    return tl::unexpected(Failure::not_connected);
  }
  if (connection != nullptr && !holds_back() &&
      Clock::now() - connection->last_heard() >= options_.idle) {
    probe();
  }
  Request request;
  request.subject = message.subject;
  request.deadline = deadline;
  request.answered = std::move(answered);
  request.failed = std::move(failed);
  if (holds_back()) {
    if (state_.max_payload != 0 && message.payload.size() > state_.max_payload) {
      return tl::unexpected(Failure::too_large);
    }
    request.kept.emplace(message);
    if (requests_.kept_bytes() + request.kept->bytes() > options_.unsent_most) {
      return tl::unexpected(Failure::no_memory);
    }
  } else {
    if (const auto sent = connection->request(message, requests_.next()); !sent) {
      return tl::unexpected(sent.error());
    }
    request.connection = connection->number();
  }
  const RequestId id = requests_.add(std::move(request));
  set_alarm();
  return id;
}

void LibnatsLink::forget(RequestId id) {
  static_cast<void>(requests_.take(id));
}

SubscriptionId LibnatsLink::subscribe(std::string subject, std::string queue, Handler handler) {
  auto made = std::make_shared<Subscription>();
  made->id = ++last_subscription_;
  made->subject = std::move(subject);
  made->queue = std::move(queue);
  made->handler = std::move(handler);
  subscriptions_.emplace(made->id, made);
  for (auto& [number, kept] : connections_) {
    if (!kept.retires && !kept.connection->is_lost()) {
      if (Result<void> done = kept.connection->subscribe(*made); !done) {
        state_.trouble = done.error().message;
      }
    }
  }
  return made->id;
}

void LibnatsLink::unsubscribe(SubscriptionId id, Done done) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end() || found->second->ends) {
    return;
  }
  found->second->ends = true;
  found->second->done = std::move(done);
  for (auto& [number, kept] : connections_) {
    kept.connection->unsubscribe(id);
  }
  posts_->wake();
}

// What comes.

void LibnatsLink::take_posts() {
  for (Post& post : posts_->take()) {
    Kept* const from = find(post.connection);
    if (from == nullptr) {
      continue;
    }
    switch (post.kind) {
      case Post::Kind::answer:
        answer(*from, post.message.get());
        break;
      case Post::Kind::refused:
        refuse(post.connection, post.text);
        break;
      case Post::Kind::dropped:
        counts_dropped_ = true;
        break;
      case Post::Kind::lame_duck:
        if (post.connection == current_) {
          connector_.avoid(from->connection->server());
          connector_.want(true);
        }
        break;
    }
  }
}

void LibnatsLink::answer(Kept& from, natsMsg* message) {
  const LibraryIncoming incoming(message);
  if (from.connection->pinged(incoming.subject())) {
    return;
  }
  const RequestId id = from.connection->request_of(incoming.subject());
  std::optional<Request> request;
  if (id != 0) {
    request = requests_.take(id);
  }
  if (!request) {
    ++state_.late;
  } else if (natsMsg_IsNoResponders(message)) {
    call(request->failed, Trouble{Failure::no_responders, {}});
  } else {
    call(request->answered, incoming);
  }
}

void LibnatsLink::refuse(std::uint64_t connection, const std::string& text) {
  const Refusal refusal = read_refusal(text);
  if (refusal.publishes) {
    if (Kept* const from = find(connection); from->connection->pinged(refusal.subject)) {
      return;  // who may not write to the own inbox gets this in the place of the answer
    }
    for (const RequestId id : requests_.sent_over(connection, refusal.subject)) {
      fail(id, Failure::not_permitted, text);
    }
  }
  state_.trouble = printable(text, 300);
}

void LibnatsLink::give_messages(Kept& from) {
  from.connection->give([this](SubscriptionId id, natsMsg* message) {
    const auto found = subscriptions_.find(id);
    if (found != subscriptions_.end()) {
      const std::shared_ptr<Subscription> subscription = found->second;
      call(subscription->handler, LibraryIncoming(message));
    }
  });
}

void LibnatsLink::read(std::uint64_t number) {
  if (Kept* const from = find(number); from != nullptr) {
    from->connection->write();
    if (from->connection->read()) {
      from->unanswered = 0;
      give_messages(*from);
    }
  }
}

// Connections.

void LibnatsLink::take_connection() {
  connector_.step(Clock::now());
  if (std::unique_ptr<Connected> made = connector_.take(); made != nullptr) {
    adopt(std::move(*made));
  }
  if (!connector_.trouble().empty()) {
    state_.trouble = connector_.trouble();
  }
  if (connector_.has_failed_everywhere() && replaces_) {
    replaces_ = false;
    for (const RequestId id : requests_.kept()) {
      fail(id, Failure::not_connected, connector_.trouble());
    }
  }
}

void LibnatsLink::adopt(Connected made) {
  Kept kept;
  kept.connection = std::make_unique<Connection>(std::move(made), options_, watched_);
  kept.pings_at = after(Clock::now(), options_.ping_interval);
  Connection& connection = *kept.connection;
  for (const auto& [id, subscription] : subscriptions_) {
    if (!subscription->ends) {
      if (Result<void> done = connection.subscribe(*subscription); !done) {
        state_.trouble = done.error().message;
      }
    }
  }
  if (Kept* const old = find(current_); old != nullptr) {
    old->retires = true;
  }
  current_ = connection.number();
  connections_.emplace(current_, std::move(kept));
  const std::uint64_t ping = connection.ping();
  for (auto& [number, other] : connections_) {
    if (other.retires && other.taken_over == 0) {
      other.taken_over = ping;
    }
  }
  ++state_.connections;
  state_.server = host_and_port(connection.server());
  state_.server_version = connection.server_version();
  state_.max_payload = connection.max_payload();
  state_.trouble.clear();
  connector_.want(false);
  replaces_ = false;
  probes_ = false;
  send_kept();
}

void LibnatsLink::send_kept() {
  for (const RequestId id : requests_.kept()) {
    Connection* const connection = current();
    if (connection == nullptr) {
      fail(id, Failure::not_connected, {});
      continue;
    }
    if (!requests_.has(id)) {
      continue;  // a handler has forgotten it
    }
    const KeptMessage& kept = *requests_.get(id).kept;
    std::vector<Header> headers;
    headers.reserve(kept.headers.size());
    for (const auto& [name, value] : kept.headers) {
      headers.push_back(Header{name, value});
    }
    const auto sent = connection->request(
        Outgoing{.subject = kept.subject, .headers = headers, .payload = kept.payload}, id);
    if (sent) {
      requests_.sent(id, connection->number());
    } else {
      fail(id, sent.error(), {});
    }
  }
}

void LibnatsLink::lose(std::uint64_t number) {
  const auto found = connections_.find(number);
  dropped_before_ += found->second.connection->dropped();
  counts_dropped_ = true;
  const bool wished = found->second.retires;
  const Server server = found->second.connection->server();
  connections_.erase(found);
  state_.lost += wished ? 0U : 1U;
  if (number == current_) {
    current_ = 0;
    if (probes_) {
      probes_ = false;
      replaces_ = true;  // nothing of what is kept was sent
    }
    connector_.avoid(server);
    if (state_.trouble.empty()) {
      state_.trouble = "the connection to " + state_.server + " was lost";
    }
    connector_.want(true);
  }
  for (const RequestId id : requests_.sent_over(number)) {
    fail(id, Failure::connection_lost, {});
  }
}

void LibnatsLink::probe() {
  Connection* const connection = current();
  const TimePoint now = Clock::now();
  probes_ = true;
  probe_ping_ = connection->ping();
  // At once, where it can't even be pinged.
  probe_ends_ = probe_ping_ == 0 ? now : after(now, options_.idle_answer);
  set_alarm();
}

void LibnatsLink::look_at_probe(TimePoint now) {
  Connection* const connection = current();
  if (!probes_ || connection == nullptr) {
    return;
  }
  // Not anything that is read: it may have come long ago.
  if (probe_ping_ != 0 && connection->last_pinged() >= probe_ping_) {
    probes_ = false;
    send_kept();
  } else if (now >= probe_ends_) {
    probes_ = false;
    replaces_ = true;
    state_.trouble = state_.server + " doesn't answer";
    replace_current();
  }
}

void LibnatsLink::replace_current() {
  if (Kept* const old = find(current_); old != nullptr) {
    old->retires = true;
    connector_.avoid(old->connection->server());
    ++state_.lost;
  }
  current_ = 0;
  connector_.want(true);
}

void LibnatsLink::ping_idle(TimePoint now) {
  std::vector<std::uint64_t> silent;
  for (auto& [number, kept] : connections_) {
    const TimePoint due = after(kept.connection->last_heard(), options_.ping_interval);
    if (kept.unanswered == 0) {
      kept.pings_at = std::max(kept.pings_at, due);
    }
    if (now < kept.pings_at) {
      continue;
    }
    if (kept.unanswered >= kMostPings) {
      silent.push_back(number);
      continue;
    }
    ++kept.unanswered;
    static_cast<void>(kept.connection->ping());
    kept.pings_at = after(now, options_.ping_interval);
  }
  for (const std::uint64_t number : silent) {
    if (number == current_) {
      state_.trouble = state_.server + " doesn't answer";
    }
    lose(number);
  }
}

void LibnatsLink::end_retired() {
  std::vector<std::uint64_t> over;
  const Connection* const successor = current();
  for (auto& [number, kept] : connections_) {
    if (!kept.retires) {
      continue;
    }
    if (!kept.ends_subscriptions && successor != nullptr && kept.taken_over != 0 &&
        successor->last_pinged() >= kept.taken_over) {
      kept.ends_subscriptions = true;
      for (const auto& [id, subscription] : subscriptions_) {
        kept.connection->unsubscribe(id);
      }
    }
    if (kept.ends_subscriptions && !kept.connection->has_any() &&
        !requests_.has_sent_over(number) && !kept.connection->has_unsent()) {
      over.push_back(number);
    }
  }
  for (const std::uint64_t number : over) {
    lose(number);
  }
}

void LibnatsLink::finish_subscriptions() {
  std::vector<std::shared_ptr<Subscription>> finished;
  for (auto at = subscriptions_.begin(); at != subscriptions_.end();) {
    const bool held = std::any_of(connections_.begin(), connections_.end(), [&](const auto& each) {
      return each.second.connection->has(at->first);
    });
    if (at->second->ends && !held) {
      finished.push_back(std::move(at->second));
      at = subscriptions_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& subscription : finished) {
    call(subscription->done);
  }
}

void LibnatsLink::time_out(TimePoint now) {
  for (const RequestId id : requests_.due(now)) {
    if (!requests_.has(id)) {
      continue;  // a handler has forgotten it
    }
    // What is kept was never sent, which the caller may act on.
    const bool was_sent = !requests_.get(id).kept;
    fail(id, was_sent ? Failure::timed_out : Failure::not_connected,
         was_sent ? std::string_view() : std::string_view(state_.trouble));
  }
}

void LibnatsLink::fail(RequestId id, Failure failure, std::string_view detail) {
  if (const std::optional<Request> request = requests_.take(id); request) {
    call(request->failed, Trouble{failure, printable(detail, 300)});
  }
}

void LibnatsLink::update_state() {
  state_.connected = current() != nullptr;
  if (std::exchange(counts_dropped_, false)) {  // asking each subscription takes its time
    dropped_by_connections_ = dropped_before_;
    for (const auto& [number, kept] : connections_) {
      dropped_by_connections_ += kept.connection->dropped();
    }
  }
  state_.dropped = posts_->dropped() + dropped_by_connections_;
  if (std::exchange(was_connected_, state_.connected) != state_.connected) {
    call(changed_);
  }
}

void LibnatsLink::set_alarm() {
  TimePoint next = std::min(requests_.next_deadline(), connector_.next_step());
  if (probes_) {
    next = std::min(next, probe_ends_);
  }
  for (const auto& [number, kept] : connections_) {
    next = std::min(next, kept.pings_at);
    if (kept.connection->waits_for_room()) {
      next = std::min(next, after(Clock::now(), kRetry));
    }
  }
  watched_.set_alarm(next);
}

// The loop's part.

void LibnatsLink::step() {
  const Result<process::WatchSet::Ready> ready = watched_.wait(Clock::now());
  if (ready) {
    for (const process::WatchSet::Key key : *ready) {
      if (key != kPosts) {
        read(key);
      }
    }
  }
  take_posts();
  std::vector<std::uint64_t> lost;
  for (auto& [number, kept] : connections_) {
    if (kept.connection->is_lost()) {
      lost.push_back(number);
    } else if (kept.ends_subscriptions || kept.connection->ends_any()) {
      give_messages(kept);
    }
  }
  for (const std::uint64_t number : lost) {
    lose(number);
  }
  const TimePoint now = Clock::now();
  look_at_probe(now);
  ping_idle(now);
  take_connection();
  end_retired();
  finish_subscriptions();
  time_out(now);
  update_state();
  set_alarm();
}

void LibnatsLink::settle() {
  for (auto& [number, kept] : connections_) {
    kept.connection->write();
    if (kept.connection->is_lost()) {
      posts_->wake();  // step() tells of it
    } else if (kept.connection->waits_for_room()) {
      set_alarm();
    }
  }
}

bool LibnatsLink::is_flushed() const {
  return std::none_of(connections_.begin(), connections_.end(), [](const auto& each) {
    return !each.second.connection->is_lost() && each.second.connection->has_unsent();
  });
}

}  // namespace

Result<std::unique_ptr<Link>> make_libnats_link(LinkOptions options) {
  if (options.servers.empty()) {
    return failure("can't use NATS: no server is named");
  }
  if (!is_subject(options.inbox) || options.inbox.find_first_of("*>") != std::string::npos) {
    return failure("can't use the inbox \"" + printable(options.inbox, 100) +
                   "\" for NATS: it is a subject without wildcards, as _INBOX.MYNAME");
  }
  std::vector<Server> servers;
  for (const std::string& url : options.servers) {
    Result<Server> server = read_server(url);
    if (!server) {
      return tl::unexpected(server.error());
    }
    servers.push_back(std::move(*server));
  }
  if (Result<void> checked = check_credentials(options); !checked) {
    return tl::unexpected(checked.error());
  }
  Result<std::shared_ptr<Posts>> posts = Posts::make(options.received_most);
  if (!posts) {
    return tl::unexpected(posts.error());
  }
  Result<process::WatchSet> watched = process::WatchSet::create();
  if (!watched) {
    return tl::unexpected(watched.error());
  }
  if (!open_library()) {
    return failure("can't use NATS: libnats can't be opened");
  }
  auto link = std::make_unique<LibnatsLink>(std::move(options), std::move(servers),
                                            std::move(*posts), std::move(*watched));
  if (Result<void> started = link->start(); !started) {
    return tl::unexpected(started.error());
  }
  return link;
}

}  // namespace kamexec::nats
