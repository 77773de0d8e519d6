// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fleet_notes.h"

#include <unistd.h>

#include <algorithm>
#include <random>

namespace kamexec::daemon {
namespace {

/// Troubles that are remembered so as to be logged once.
constexpr std::size_t kMostTold = 64;

fleet::NoteWorkerOptions worker_options(const fleet::Subjects& subjects, const std::string& inbox) {
  fleet::NoteWorkerOptions options;
  options.subjects = subjects;
  options.inbox = inbox;
  options.chance = [chance = std::minstd_rand(static_cast<std::minstd_rand::result_type>(
                        Clock::now().time_since_epoch().count() ^ ::getpid()))]() mutable {
    return std::uniform_real_distribution<double>(-1.0, 1.0)(chance);
  };
  return options;
}

}  // namespace

FleetNotes::FleetNotes(nats::Link& link, engine::Executor& executor,
                       const fleet::Subjects& subjects, const std::string& inbox,
                       const fleet::NoteStreamRule& rule)
    : link_(link),
      streams_(link),
      checked_(link, streams_, subjects, rule),
      publisher_(link, streams_, checked_, subjects),
      queue_(streams_, subjects),
      counts_(streams_, subjects),
      offered_(executor,
               [this](fleet::NoteId id, const fleet::NoteEnd& end) {
                 if (worker_) {
                   worker_->ended(id, end);
                 }
               }),
      worker_(std::make_unique<fleet::NoteWorker>(link, streams_, checked_,
                                                  worker_options(subjects, inbox), offered_)) {}

void FleetNotes::serve(const ServedPrograms& offered, bool publishes) {
  if (!worker_) {
    return;
  }
  const std::vector<fleet::NoteRule> rules = offered_.serve(offered);
  used_ = publishes || !rules.empty();
  worker_->serve(rules);
}

std::optional<FleetStoreStatus> FleetNotes::status() const {
  if (!used_) {
    return std::nullopt;
  }
  FleetStoreStatus status;
  status.ready = checked_.are_ready();
  if (!status.ready) {
    status.trouble = checked_.trouble();
  }
  status.published = publisher_.figures();
  if (worker_) {
    status.taken = worker_->figures();
  }
  status.counts = counts_.counts();
  if (status.counts.oldest) {
    const auto age = std::chrono::system_clock::now() - *status.counts.oldest;
    status.oldest = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(age),
                             std::chrono::milliseconds(0));
  }
  return status;
}

TimePoint FleetNotes::wake_at() const {
  if (offered_.has_more()) {
    return TimePoint::min();
  }
  const TimePoint at = worker_ ? worker_->wake_at() : kNoDeadline;
  if (!used_) {
    return at;
  }
  return std::min(at, checked_.are_ready() ? counts_.wake_at() : checked_.wake_at());
}

void FleetNotes::tick(TimePoint now) {
  if (used_) {
    checked_.tick(now);
    if (checked_.are_ready()) {
      counts_.tick(now);
    }
  }
  offered_.deliver();
  if (worker_) {
    worker_->tick(now);
  }
  if (used_) {
    look(now);
  }
}

/// Tells the operator once of each trouble.
void FleetNotes::look(TimePoint now) {
  if (!link_.state().connected) {
    return;  // which the link tells
  }
  if (checked_.are_ready()) {
    if (!told_.empty() && checked_.trouble().empty()) {
      told_.clear();
      log_.line(LogLevel::notice, "NATS: the fleet's store (JetStream) is there again", now);
    }
    return;
  }
  const std::string& trouble = checked_.trouble();
  if (!trouble.empty() && told_.size() < kMostTold && told_.insert(trouble).second) {
    log_.line(LogLevel::warning,
              "NATS: the fleet's store (JetStream) can't be used, and calls wait on the disks of "
              "those that hand them on: " +
                  trouble,
              now);
  }
}

void FleetNotes::drain() {
  if (worker_) {
    worker_->drain();
  }
}

bool FleetNotes::is_drained() const {
  return !worker_ || worker_->is_drained();
}

void FleetNotes::close() {
  worker_.reset();
}

}  // namespace kamexec::daemon
