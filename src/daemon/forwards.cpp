// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/forwards.h"

#include <algorithm>

#include <cerrno>

#include "daemon/notification_request.h"

namespace kamexec::daemon {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{5'000};
/// From a failure to the next try: doubled with each.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5'000};

}  // namespace

void Forwards::begin(const stored::Notification& notification) {
  Forward& forward = forwards_[notification.id];
  forward.notification = &notification;
  if (stopping_) {
    leave(notification.id, forward);
  }
}

void Forwards::end(const std::string& id, process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  over_.emplace_back(id, std::move(result));
}

/// What is under way is waited for.
void Forwards::leave(const std::string& id, Forward& forward) {
  if (!forward.leaves) {
    forward.leaves = true;
    if (!forward.under_way) {
      end(id, process::Outcome::host_stops());
    }
  }
}

void Forwards::deliver(TimePoint now) {
  std::vector<std::string> due;
  if (publisher_ != nullptr && publisher_->is_available()) {
    for (const auto& [id, forward] : forwards_) {
      if (!forward.under_way && !forward.leaves && now >= forward.at) {
        due.push_back(id);
      }
    }
  }
  for (const std::string& id : due) {
    send(id, forwards_.at(id), now);
  }
  for (const auto& [id, result] : std::exchange(over_, {})) {
    forwards_.erase(id);
    ended_(id, result);
  }
}

void Forwards::send(const std::string& id, Forward& forward, TimePoint now) {
  forward.under_way = true;
  const NotificationRequest call(*forward.notification);
  publisher_->publish(call.request(), after(now, kAnswerTime),
                      [this, id](const fleet::NoteOutcome& outcome) { sent(id, outcome); });
}

void Forwards::sent(const std::string& id, const fleet::NoteOutcome& outcome) {
  const auto found = forwards_.find(id);
  if (found == forwards_.end()) {
    return;
  }
  Forward& forward = found->second;
  forward.under_way = false;
  if (outcome.fate == fleet::NoteFate::on_disk) {
    forward.leaves = true;
    process::Outcome ok;
    ok.cause = process::Cause::ok;
    ok.exit_status = 0;
    end(id, std::move(ok));
    return;
  }
  if (outcome.fate == fleet::NoteFate::too_large) {
    forward.leaves = true;
    end(id, process::Outcome::refused(outcome.detail, EMSGSIZE));
    return;
  }
  if (forward.leaves) {
    end(id, process::Outcome::host_stops());
    return;
  }
  forward.trouble = outcome.detail;
  forward.pause = std::clamp(2 * forward.pause, kFirstPause, kLongestPause);
  forward.at = after(Clock::now(), forward.pause);
}

TimePoint Forwards::wake_at() const {
  if (!over_.empty()) {
    return TimePoint::min();
  }
  TimePoint at = kNoDeadline;
  if (publisher_ != nullptr && publisher_->is_available()) {
    for (const auto& [id, forward] : forwards_) {
      if (!forward.under_way && !forward.leaves) {
        at = std::min(at, forward.at);
      }
    }
  }
  return at;
}

void Forwards::keep_only(const std::function<bool(std::string_view program)>& stays) {
  for (auto& [id, forward] : forwards_) {
    if (!forward.leaves && !stays(forward.notification->program)) {
      leave(id, forward);
    }
  }
}

void Forwards::stop() {
  stopping_ = true;
  keep_only([](std::string_view) { return false; });
}

std::optional<std::string> Forwards::trouble(std::string_view program) const {
  for (const auto& [id, forward] : forwards_) {
    if (forward.leaves || forward.notification->program != program) {
      continue;
    }
    if (publisher_ == nullptr) {
      return "NATS is not set up: via=nats needs servers in [nats], and a restart";
    }
    if (!publisher_->is_available()) {
      return "they wait here for the fleet's store: " + publisher_->why_unavailable();
    }
    if (!forward.trouble.empty()) {
      return "the fleet's store doesn't take them: " + forward.trouble;
    }
  }
  return std::nullopt;
}

}  // namespace kamexec::daemon
