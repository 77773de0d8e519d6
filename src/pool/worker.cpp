// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker.h"

#include <algorithm>
#include <utility>

namespace kamexec {
namespace {

using std::chrono::milliseconds;
using State = Worker::State;

constexpr std::size_t kMostBytesAtOnce = 64 * 1024;  // other events want their turn too
// A worker that dies closes its output a moment before its exit can be seen: wait for the reason.
constexpr milliseconds kPatienceForExit{50};
constexpr milliseconds kPauseBetweenLooks{5};

}  // namespace

Worker::Worker(std::unique_ptr<WorkerChannel> channel, const PoolOptions& options, TimePoint now)
    : options_(options),
      channel_(std::move(channel)),
      started_at_(now),
      idle_since_(now),
      give_up_at_(after(now, options.start_timeout)),
      errors_(options.error_limit),
      reader_(options.output_limit),
      requested_(now) {
  want(End::replies, true);
  want(End::errors, fd(End::errors) >= 0);
  want(End::exit, fd(End::exit) >= 0);
  if (fd(End::exit) < 0 && pid() > 0) {
    look_at_ = now;
  }
  outgoing_ = server_hello();
  if (send_more() == Transfer::State::finished) {  // whether it has exited is seen soon enough
    want(End::requests, false);
  }
}

std::string Worker::take_errors() {
  read_errors();
  return std::exchange(errors_, Capture(options_.error_limit)).take();
}

void Worker::close(TimePoint now) {
  if (state_ != State::starting && state_ != State::idle) {
    return;
  }
  state_ = State::closing;
  give_up_at_ = after(now, options_.close_grace);
  want(End::requests, false);
  channel_->close(End::requests);
}

void Worker::abandon(std::string why) {
  if (state_ == State::stopping || state_ == State::ended) {
    return;
  }
  if (state_ == State::busy) {
    has_result_ = true;
    cause_ = Cause::deadline;
    detail_ = std::move(why);
  }
  end();
}

void Worker::fail(int system_errno) {
  break_off(Cause::unusable, system_error("can't be waited for", system_errno).message);
}

void Worker::close_unwanted() {
  for (const End end : {End::replies, End::errors}) {
    if (!wants(end)) {
      channel_->close(end);
    }
  }
}

void Worker::on_ready(End end, TimePoint now) {
  if (!wants(end)) {
    return;
  }
  switch (end) {
    case End::requests:
      // A worker that doesn't want the rest may still answer.
      if (send_more() == Transfer::State::finished) {
        want(End::requests, false);
      }
      break;
    case End::replies:
      read_replies(now);
      break;
    case End::errors:
      want(End::errors, errors_.read_from(fd(End::errors), kMostBytesAtOnce));
      break;
    case End::exit:
      has_exited(now);
      break;
  }
}

TimePoint Worker::wake_at() const {
  switch (state_) {
    case State::starting:
    case State::busy:
    case State::closing:
      if (replies_ended_at_ != kNoDeadline && state_ != State::closing) {
        return std::min({give_up_at_, after(replies_ended_at_, kPatienceForExit), look_at_});
      }
      return std::min(give_up_at_, look_at_);
    case State::stopping:
      return stop_begun_ ? channel_->wake_at() : TimePoint::min();
    case State::idle:
    case State::ended:
      break;
  }
  return kNoDeadline;
}

void Worker::on_time(TimePoint now, ProcessTable& table) {
  if (now < wake_at()) {
    return;
  }
  if (state_ == State::stopping) {
    if (stop_begun_) {
      channel_->proceed(now, table);
    } else {
      channel_->stop(options_.stop, now, table);
    }
    stop_begun_ = true;
    if (channel_->ended()) {
      state_ = State::ended;
      wanted_.fill(false);
    }
    return;
  }
  if (looks_for_exit(now)) {
    return;
  }
  if (state_ == State::closing) {
    end();
  } else if (now < give_up_at_) {
    break_off(Cause::unusable, "closed its output");
  } else if (state_ == State::starting) {
    break_off(Cause::deadline,
              "sent no hello within " + std::to_string(options_.start_timeout.count()) + " ms");
  } else {
    break_off(Cause::deadline,
              "no reply within " +
                  std::to_string(
                      std::chrono::duration_cast<milliseconds>(give_up_at_ - requested_).count()) +
                  " ms");
  }
}

/// True where the time was one to look for its exit, which then is dealt with, and nothing else is
/// due.
bool Worker::looks_for_exit(TimePoint now) {
  if (now < look_at_) {
    return false;
  }
  if (channel_->exit().state != ChildExit::State::running) {
    has_exited(now);
    return true;
  }
  look_at_ = after(now, kPauseBetweenLooks);
  return now < wake_at();
}

void Worker::has_exited(TimePoint now) {
  if (state_ == State::idle) {
    left_by_itself_ = true;
    close(now);
  }
  read_replies(now);  // what it said before
  want(End::exit, false);
  look_at_ = kNoDeadline;
  exit_ = channel_->exit();
  if (state_ == State::starting || state_ == State::busy || state_ == State::idle) {
    break_off(Cause::unusable, exit_in_words());
  } else if (state_ == State::closing) {
    // Without having done anything is a bad way too: it would be started and leave for ever.
    if (left_by_itself_ && (exit_.exit_status != 0 || served_ == 0)) {
      fault_ = exit_in_words();
    }
    end();
  }
}

void Worker::read_errors() {
  if (wants(End::errors)) {
    want(End::errors, errors_.read_from(fd(End::errors), kMostBytesAtOnce));
  }
}

/// Ends the worker for a fault, and with it the request that it has.
void Worker::break_off(Cause cause, std::string why) {
  if (state_ == State::stopping || state_ == State::ended) {
    return;
  }
  if (state_ == State::busy) {
    has_result_ = true;
    cause_ = cause;
    detail_ = cause == Cause::deadline ? why : "the worker " + why;
  }
  fault_ = std::move(why);
  end();
}

void Worker::end() {
  state_ = State::stopping;
  want(End::requests, false);
  want(End::replies, false);
}

std::string Worker::exit_in_words() const {
  if (exit_.signal != 0) {
    return "was ended by signal " + std::to_string(exit_.signal);
  }
  if (exit_.exit_status >= 0) {
    return "exited with status " + std::to_string(exit_.exit_status);
  }
  return "exited";
}

}  // namespace kamexec
