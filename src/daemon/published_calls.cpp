// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/published_calls.h"

#include <cerrno>
#include <utility>

#include "daemon/notification_request.h"

namespace kamexec::daemon {

PublishedCalls::KeepId PublishedCalls::keep(stored::Notification made, TimePoint begun,
                                            TimePoint deadline, Answer answer) {
  const KeepId id = ++last_id_;
  Publishing& call =
      calls_.emplace(id, Publishing{std::move(made), begun, deadline, std::move(answer)})
          .first->second;
  try {
    const NotificationRequest sent(call.notification);
    // The other half is for this host's disk.
    publisher_->publish(sent.request(), begun + (deadline - begun) / 2,
                        [this, id](const fleet::NoteOutcome& outcome) {
                          guarded(troubles_, [&] { published(id, outcome); });
                        });
  } catch (...) {
    calls_.erase(id);
    throw;
  }
  return calls_.contains(id) ? id : 0;
}

void PublishedCalls::published(KeepId id, const fleet::NoteOutcome& outcome) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return;
  }
  Publishing& call = found->second;
  if (!call.answer) {
    calls_.erase(found);
    return;
  }
  const TimePoint begun = call.begun;
  try {
    decide(id, call, outcome);
  } catch (const std::exception&) {
    tell(id, result_of(process::Outcome::short_of_memory(process::Cause::refused), begun));
  }
}

/// May end the call, and is done with it then.
void PublishedCalls::decide(KeepId id, Publishing& call, const fleet::NoteOutcome& outcome) {
  switch (outcome.fate) {
    case fleet::NoteFate::on_disk:
      tell(id, kept_as(std::move(call.notification.id), call.begun));
      return;
    case fleet::NoteFate::full:
      tell(id, result_of(process::Outcome::no_room("the fleet's store is full: " + outcome.detail),
                         call.begun));
      return;
    case fleet::NoteFate::too_large:
      tell(id, result_of(process::Outcome::refused(outcome.detail, EMSGSIZE), call.begun));
      return;
    case fleet::NoteFate::unavailable:
    case fleet::NoteFate::unknown:
      break;
  }
  keep_here(id, call);
}

void PublishedCalls::keep_here(KeepId id, Publishing& call) {
  // With the same id: where the fleet has it after all, it isn't kept there a second time.
  call.arriving =
      arriving_.keep(std::move(call.notification), call.begun, call.deadline,
                     [this, id](const process::RunResult& result) { tell(id, result); });
}

void PublishedCalls::tell(KeepId id, const process::RunResult& result) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return;
  }
  const Answer answer = std::move(found->second.answer);
  calls_.erase(found);
  if (answer) {
    answer(result);
  }
}

bool PublishedCalls::cancel(KeepId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return false;
  }
  if (found->second.arriving != 0) {
    const KeepId arriving = found->second.arriving;
    calls_.erase(found);
    arriving_.cancel(arriving);
  } else {
    found->second.answer = nullptr;
  }
  return true;
}

}  // namespace kamexec::daemon
