// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/connector.h"

#include <algorithm>
#include <utility>

#include "nats/connect.h"

namespace kamexec::nats {
namespace {

// Threads that are still busy with what was given up.
constexpr int kMostThreads = 16;

}  // namespace

Connector::Connector(const LinkOptions& options, std::vector<Server> servers,
                     std::shared_ptr<Posts> posts)
    : options_(options),
      servers_(std::move(servers)),
      posts_(std::move(posts)),
      random_(std::random_device()()),
      pause_(options.reconnect) {}

void Connector::want(bool wanted) {
  if (wanted_ == wanted) {
    return;
  }
  wanted_ = wanted;
  failed_everywhere_ = false;
  next_ = 0;
  pause_ = options_.reconnect;
  next_begin_ = {};
  if (wanted) {
    posts_->wake();
  } else {
    attempt_.reset();
  }
}

void Connector::begin(TimePoint now) {
  if (next_ == 0) {
    std::shuffle(servers_.begin(), servers_.end(), random_);
    if (avoided_) {
      std::stable_partition(servers_.begin(), servers_.end(),
                            [this](const Server& server) { return !(server == *avoided_); });
      avoided_.reset();
    }
  }
  const Server& server = servers_[next_++];
  const TimePoint deadline = after(now, options_.connect_timeout);
  attempt_ = Attempt::running() < kMostThreads ? Attempt::start(options_, server, deadline, posts_)
                                               : nullptr;
  if (attempt_ == nullptr) {
    failed("can't start a thread that connects to " + host_and_port(server), now);
    return;
  }
  // Its thread says by then what went wrong, unless it is stuck.
  attempt_ends_ = after(deadline, std::chrono::milliseconds(300));
}

void Connector::failed(std::string why, TimePoint now) {
  trouble_ = std::move(why);
  attempt_.reset();
  if (next_ < servers_.size()) {
    return;
  }
  next_ = 0;
  failed_everywhere_ = true;
  next_begin_ = after(now, pause_);
  pause_ = std::min(pause_ * 2, options_.reconnect_most);
}

void Connector::step(TimePoint now) {
  if (attempt_ != nullptr && attempt_->is_over()) {
    Result<Connected> result = attempt_->take();
    if (result) {
      attempt_.reset();
      trouble_.clear();
      made_ = std::make_unique<Connected>(std::move(*result));
      return;
    }
    failed(result.error().message.empty() ? "memory is short" : result.error().message, now);
  } else if (attempt_ != nullptr && now >= attempt_ends_) {
    failed(host_and_port(attempt_->server()) + ": " + no_connection_in_time(options_), now);
  }
  if (wanted_ && attempt_ == nullptr && now >= next_begin_) {
    begin(now);
  }
}

TimePoint Connector::next_step() const {
  if (attempt_ != nullptr) {
    return attempt_ends_;
  }
  return wanted_ ? next_begin_ : kNoDeadline;
}

}  // namespace kamexec::nats
