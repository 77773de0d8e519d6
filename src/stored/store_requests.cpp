// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/store_requests.h"

#include <chrono>

namespace kamexec::stored {
namespace {

/// How long a person's request waits for a lock of somebody else's.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

InsertRequest::InsertRequest(Notification notification, bool take, TimePoint deadline,
                             StoreCompletion<Kept> done)
    : notification_(std::move(notification)),
      bytes_(notification_.size()),
      content_(encode(notification_)),
      take_(take),
      deadline_(deadline),
      done_(std::move(done)) {
  for (std::string* const value : {&notification_.variables, &notification_.uri,
                                   &notification_.message, &notification_.input}) {
    *value = std::string();
  }
}

Result<void> InsertRequest::handle(Store& store, Dispatching& dispatching) {
  if (!content_) {
    return tl::unexpected(content_.error());
  }
  const Result<bool> taken = store.insert(notification_, *content_, take_ && dispatching.takes());
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  result_ = Kept{*taken};
  turns_ = dispatching.turns;
  return {};
}

void InsertRequest::tell(const Dispatching& dispatching) {
  // Another process has it by now.
  if (result_ && (!dispatching.holds || dispatching.turns != turns_)) {
    result_->taken = false;
  }
  done_(std::move(result_));
}

Result<void> GiveBackRequest::handle(Store& store, Dispatching& dispatching) {
  for (const std::string& id : ids_) {
    if (!dispatching.owns) {
      break;  // all that was taken waits already
    }
    if (Result<void> given = store.give_back(id); !given) {
      return given;
    }
  }
  return {};
}

Result<void> TakeRequest::handle(Store& store, Dispatching& dispatching) {
  result_ = Taken();
  turns_ = dispatching.turns;
  if (!dispatching.holds) {
    return {};
  }
  if (!dispatching.owns) {
    return failure("what an earlier kamexecd had begun can't be written to " + store.path() +
                   " yet");
  }
  Result<Taken> taken = store.take(program_, most_, most_bytes_, now_);
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  result_ = std::move(*taken);
  return {};
}

void TakeRequest::tell(const Dispatching& dispatching) {
  if (result_ && (!dispatching.holds || dispatching.turns != turns_)) {
    *result_ = Taken();
  }
  done_(std::move(result_));
}

ListRequest::ListRequest(Selection which, StoreCompletion<Listed> done)
    : which_(std::move(which)), deadline_(after(Clock::now(), kPatience)), done_(std::move(done)) {}

Result<void> ListRequest::handle(Store& store, Dispatching& /*dispatching*/) {
  Result<Listed> listed = store.list(which_);
  if (!listed) {
    return tl::unexpected(listed.error());
  }
  result_ = std::move(*listed);
  return {};
}

ChangeRequest::ChangeRequest(Change change, Selection which, StoreCompletion<std::size_t> done)
    : change_(change), deadline_(after(Clock::now(), kPatience)), done_(std::move(done)) {
  step_.which = std::move(which);
}

Result<void> ChangeRequest::handle(Store& store, Dispatching& /*dispatching*/) {
  next_ = step_;
  return change_ == Change::retry ? store.retry(next_, wall_now()) : store.drop(next_);
}

bool ChangeRequest::committed() {
  std::swap(step_, next_);
  result_ = step_.changed;
  deadline_ = after(Clock::now(), kPatience);
  return step_.over;
}

void ChangeRequest::failed(Error error) {
  if (step_.changed > 0) {
    error.message += " (" + std::to_string(step_.changed) + " were changed before)";
  }
  result_ = tl::unexpected(std::move(error));
}

Result<void> PurgeRequest::handle(Store& store, Dispatching& /*dispatching*/) {
  const Result<bool> more = store.purge(program_, done_before_, dead_before_);
  if (!more) {
    return tl::unexpected(more.error());
  }
  more_ = *more;
  return {};
}

}  // namespace kamexec::stored
