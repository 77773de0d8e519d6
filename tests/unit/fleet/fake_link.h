// SPDX-License-Identifier: GPL-2.0-or-later
// A NATS server in memory, and connections to it, with faults on demand. One thread; nothing waits.
// A message is with its receiver when it is sent, and handled by the receiver's step(): a worker
// daemon that isn't stepped is a frozen one, one that is cut off is a killed one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nats/link.h"
#include "process/watch_set.h"

namespace kamexec::fleet::test {

/// A message that owns what it is made of: one that was sent, and one that comes.
class FakeMessage final : public nats::Incoming {
 public:
  FakeMessage() = default;
  explicit FakeMessage(const nats::Outgoing& sent);
  FakeMessage(std::string payload, std::vector<std::pair<std::string, std::string>> headers)
      : payload_(std::move(payload)), headers_(std::move(headers)) {}

  [[nodiscard]] std::string_view subject() const override { return subject_; }
  [[nodiscard]] std::string_view reply() const override { return reply_; }
  [[nodiscard]] std::string_view payload() const override { return payload_; }
  [[nodiscard]] std::string_view header(const char* name) const override;
  [[nodiscard]] const auto& headers() const { return headers_; }
  void set_reply(std::string reply) { reply_ = std::move(reply); }
  /// As the server counts it against max_payload.
  [[nodiscard]] std::size_t size() const;

 private:
  std::string subject_;
  std::string reply_;
  std::string payload_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

/// Whether @p subject is one of @p pattern's, which may have `*` and `>`.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view subject);

class FakeLink;

/// Must outlive its links.
class FakeServer {
 public:
  /// What deadlines are compared with.
  std::function<TimePoint()> now = [] { return Clock::now(); };
  std::size_t max_payload = std::size_t{1} << 20;
  /// Which of so many members of a queue group gets a message. Any, by chance that is the same in
  /// each run.
  std::function<std::size_t(std::size_t)> choose = [this](std::size_t count) {
    return random_() % count;
  };
  /// All that was published since the start, but for what was refused; also what nobody got.
  std::vector<FakeMessage> sent;

  [[nodiscard]] std::unique_ptr<FakeLink> connect();

  /// Nobody may publish to what matches @p pattern.
  void deny(std::string pattern) { denied_.push_back(std::move(pattern)); }
  void permit_all() { denied_.clear(); }
  /// The next @p count messages to what matches @p pattern are taken, and nobody gets them.
  void lose(std::string pattern, std::size_t count);
  /// Cuts all links off, and lets none be restored until up().
  void down();
  void up();
  [[nodiscard]] bool is_up() const { return up_; }

  /// Those of `sent` whose subject matches @p pattern.
  [[nodiscard]] std::vector<const FakeMessage*> sent_to(std::string_view pattern) const;
  /// Steps all links that aren't frozen until nothing happens any more.
  void settle();

 private:
  friend class FakeLink;
  /// False: nobody has subscribed to it.
  bool route(const FakeMessage& message);
  [[nodiscard]] bool takes_away(std::string_view subject);
  [[nodiscard]] bool denies(std::string_view subject) const;

  std::vector<FakeLink*> links_;
  std::vector<std::string> denied_;
  std::vector<std::pair<std::string, std::size_t>> losing_;
  std::minstd_rand random_{1};
  bool up_ = true;
};

class FakeLink final : public nats::Link {
 public:
  FakeLink(FakeServer& server, std::string name);
  ~FakeLink() override;
  FakeLink(const FakeLink&) = delete;
  FakeLink& operator=(const FakeLink&) = delete;

  // Faults.

  /// The connection is lost: what was sent is lost with it, and so is what has come.
  void cut_off();
  /// There is one again, if the server is up.
  void restore();
  /// settle() of the server doesn't step it.
  bool frozen = false;
  /// Called before each handler of a request, and after it.
  std::function<void(bool before)> around_handlers = [](bool) {};
  /// The next request fails with this, before anything is sent: @p at_once, or by step().
  void fail_next(nats::Failure failure, bool at_once);
  [[nodiscard]] std::size_t requests_under_way() const { return requests_.size(); }
  [[nodiscard]] bool has_events() const { return !events_.empty(); }

  // The interface.
  [[nodiscard]] tl::expected<void, nats::Failure> publish(const nats::Outgoing& message) override;
  [[nodiscard]] tl::expected<nats::RequestId, nats::Failure> request(const nats::Outgoing& message,
                                                                     TimePoint deadline,
                                                                     Answered answered,
                                                                     Failed failed) override;
  void forget(nats::RequestId id) override;
  [[nodiscard]] nats::SubscriptionId subscribe(std::string subject, std::string queue,
                                               Handler handler) override;
  void unsubscribe(nats::SubscriptionId id, Done done) override;
  [[nodiscard]] const nats::LinkState& state() const override { return state_; }
  void on_change(std::function<void()> changed) override { changed_ = std::move(changed); }
  [[nodiscard]] int fd() const override { return watches_.fd(); }
  void step() override;
  void settle() override {}
  [[nodiscard]] bool is_flushed() const override { return true; }

 private:
  friend class FakeServer;
  struct Subscription {
    std::string subject;
    std::string queue;
    Handler handler;
    bool over = false;  ///< the server knows
  };
  struct Request {
    TimePoint deadline;
    Answered answered;
    Failed failed;
  };
  struct Came {
    nats::SubscriptionId to;
    FakeMessage message;
  };
  struct Answer {
    nats::RequestId to;
    FakeMessage message;
  };
  struct Failing {
    nats::RequestId request;
    nats::Trouble trouble;
  };
  struct Unsubscribed {
    nats::SubscriptionId id;
    Done done;
  };
  struct Changed {};
  using Event = std::variant<Came, Answer, Failing, Unsubscribed, Changed>;

  [[nodiscard]] tl::expected<void, nats::Failure> check(const FakeMessage& message) const;
  void connect();
  [[nodiscard]] bool is_for_inbox(std::string_view subject) const;
  void receive_answer(const FakeMessage& message);
  void add(Event event);
  void handle(Event& event);
  void fail(nats::RequestId id, const nats::Trouble& trouble);
  template <typename Handler, typename What>
  void call(const Handler& handler, const What& what) {
    around_handlers(true);
    handler(what);
    around_handlers(false);
  }
  void fail_overdue();
  void set_alarm();

  FakeServer& server_;
  const std::string name_;
  std::string inbox_;  ///< of this connection: an answer to an earlier one finds nobody
  process::WatchSet watches_;
  nats::LinkState state_;
  std::function<void()> changed_;
  std::deque<Event> events_;
  std::map<nats::SubscriptionId, Subscription> subscriptions_;
  std::map<nats::RequestId, Request> requests_;
  std::optional<std::pair<nats::Failure, bool>> fail_next_;
  std::uint64_t last_id_ = 0;
};

}  // namespace kamexec::fleet::test
