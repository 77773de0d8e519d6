// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "nats/library_link.h"

namespace kamexec::nats {
namespace {

constexpr unsigned kMostPings = 2;  // that nobody answers
// Between messages that hand over, and in all: servers that aren't of one cluster pass none on.
constexpr std::chrono::milliseconds kHandoverEvery{100};
constexpr std::chrono::milliseconds kHandoverMost{2'000};

}  // namespace

void LibraryLink::take_connection() {
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

void LibraryLink::adopt(Connected made) {
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
    if (other.retires) {
      other.taken_over = ping;  // of the one that is current, whoever was so before
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

void LibraryLink::lose(std::uint64_t number) {
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

void LibraryLink::probe() {
  Connection* const connection = current();
  const TimePoint now = Clock::now();
  probes_ = true;
  probe_ping_ = connection->ping();
  // At once, where it can't even be pinged.
  probe_ends_ = probe_ping_ == 0 ? now : after(now, options_.idle_answer);
  set_alarm();
}

void LibraryLink::look_at_probe(TimePoint now) {
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

void LibraryLink::replace_current() {
  if (Kept* const old = find(current_); old != nullptr) {
    old->retires = true;
    old->is_silent = true;
    connector_.avoid(old->connection->server());
    ++state_.lost;
  }
  current_ = 0;
  connector_.want(true);
}

void LibraryLink::ping_idle(TimePoint now) {
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

bool LibraryLink::hand_over(Kept& old, TimePoint now) {
  Connection* const successor = current();
  if (successor == nullptr || old.taken_over == 0 || successor->last_pinged() < old.taken_over) {
    old.hands_over_at = kNoDeadline;
    old.hands_over_most = kNoDeadline;
    return false;
  }
  if (!old.connection->has_any()) {
    return true;
  }
  // The successor's server has given what it got to the old one until it knew the subscriptions;
  // the old server drops what comes when they have ended. So a message is sent after it, the same
  // way. More than once, as the successor's server may not know the old inbox yet.
  if (old.hands_over_most == kNoDeadline) {
    old.hands_over_most = after(now, kHandoverMost);
  }
  if (old.hands_over_at == kNoDeadline || now >= old.hands_over_at) {
    static_cast<void>(successor->publish(Outgoing{.subject = old.connection->handover_subject()}));
    old.hands_over_at = after(now, kHandoverEvery);
  }
  return old.connection->is_handed_over() || now >= old.hands_over_most;
}

void LibraryLink::end_retired(TimePoint now) {
  std::vector<std::uint64_t> over;
  for (auto& [number, kept] : connections_) {
    if (!kept.retires) {
      continue;
    }
    if (!kept.ends_subscriptions && hand_over(kept, now)) {
      kept.ends_subscriptions = true;
      kept.hands_over_at = kNoDeadline;
      kept.hands_over_most = kNoDeadline;
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

void LibraryLink::finish_subscriptions() {
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

}  // namespace kamexec::nats
