// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/library_link.h"

#include <algorithm>
#include <chrono>

namespace kamexec::nats {
namespace {

constexpr process::WatchSet::Key kPosts = 0;    // connections have their numbers
constexpr std::chrono::milliseconds kRetry{2};  // until there is room to write, or all to be read

}  // namespace

Result<void> LibraryLink::start() {
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

LibraryLink::~LibraryLink() {
  settle();  // what the kernel takes is sent
}

Connection* LibraryLink::current() const {
  const auto found = connections_.find(current_);
  return found == connections_.end() || found->second.connection->is_lost()
             ? nullptr
             : found->second.connection.get();
}

Kept* LibraryLink::find(std::uint64_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : &found->second;
}

tl::expected<void, Failure> LibraryLink::publish(const Outgoing& message) {
  Connection* connection = current();
  if (const auto found = connections_.find(message.over); found != connections_.end() &&
                                                          !found->second.is_silent &&
                                                          !found->second.connection->is_lost()) {
    connection = found->second.connection.get();
  }
  if (connection == nullptr) {
    return tl::unexpected(Failure::not_connected);
  }
  return connection->publish(message);
}

tl::expected<RequestId, Failure> LibraryLink::request(const Outgoing& message, TimePoint deadline,
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

void LibraryLink::forget(RequestId id) {
  static_cast<void>(end(id));
}

SubscriptionId LibraryLink::subscribe(std::string subject, std::string queue, Handler handler) {
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

void LibraryLink::unsubscribe(SubscriptionId id, Done done) {
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

void LibraryLink::update_state() {
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

void LibraryLink::set_alarm() {
  TimePoint next = std::min(requests_.next_deadline(), connector_.next_step());
  if (probes_) {
    next = std::min(next, probe_ends_);
  }
  for (const auto& [number, kept] : connections_) {
    next = std::min({next, kept.pings_at, kept.hands_over_at, kept.hands_over_most});
    if (kept.connection->waits_for_room() || kept.connection->waits_for_rest()) {
      next = std::min(next, after(Clock::now(), kRetry));
    }
  }
  watched_.set_alarm(next);
}

void LibraryLink::step() {
  const Result<process::WatchSet::Ready> ready = watched_.wait(TimePoint::min());
  bool has_posts = !ready;  // it can't be known
  if (ready) {
    for (const process::WatchSet::Key key : *ready) {
      if (key == kPosts) {
        has_posts = true;
      } else {
        read(key);
      }
    }
  }
  std::vector<std::uint64_t> partly;
  for (const auto& [number, kept] : connections_) {
    if (kept.connection->waits_for_rest()) {
      partly.push_back(number);
    }
  }
  for (const std::uint64_t number : partly) {
    read(number);
  }
  if (has_posts) {
    take_posts();
  }
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
  end_retired(now);
  finish_subscriptions();
  time_out(now);
  update_state();
  set_alarm();
}

void LibraryLink::settle() {
  for (auto& [number, kept] : connections_) {
    kept.connection->write();
    if (kept.connection->is_lost()) {
      posts_->wake();  // step() tells of it
    } else if (kept.connection->waits_for_room()) {
      set_alarm();
    }
  }
}

bool LibraryLink::is_flushed() const {
  return std::none_of(connections_.begin(), connections_.end(), [](const auto& each) {
    return !each.second.connection->is_lost() && each.second.connection->has_unsent();
  });
}

}  // namespace kamexec::nats
