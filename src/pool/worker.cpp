// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker.h"

#include <algorithm>
#include <utility>

#include "pool/words.h"

namespace kamexec::pool {
namespace {

using std::chrono::milliseconds;
using State = Worker::State;

constexpr std::size_t kMostBytesAtOnce =
    std::size_t{64} * 1024;  // other events want their turn too
constexpr std::size_t kBytesARead = std::size_t{16} * 1024;
// A worker that dies closes its output a moment before its exit can be seen: wait for the reason.
constexpr milliseconds kPatienceForExit{50};
constexpr milliseconds kExitCheckInterval{5};

milliseconds whole_milliseconds_left(TimePoint now, TimePoint deadline) {
  if (deadline == kNoDeadline) {
    return milliseconds(0);
  }
  // Never 0, which means no limit.
  return std::max(std::chrono::duration_cast<milliseconds>(deadline - now), milliseconds(1));
}

}  // namespace

// Its life: what the loop tells, and how the worker ends.

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
    check_exit_at_ = now;
  }
  outgoing_ = server_hello();
  if (send_more() ==
      process::Transfer::State::finished) {  // whether it has exited is seen soon enough
    want(End::requests, false);
  }
}

std::string Worker::take_errors() {
  read_errors();
  return std::exchange(errors_, process::Capture(options_.error_limit)).take();
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
    cause_ = process::Cause::deadline;
    detail_ = std::move(why);
  }
  end();
}

void Worker::fail(int system_errno) {
  break_off(process::Cause::unusable, system_error("can't be waited for", system_errno).message);
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
      if (send_more() == process::Transfer::State::finished) {
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
        return std::min({give_up_at_, after(replies_ended_at_, kPatienceForExit), check_exit_at_});
      }
      return std::min(give_up_at_, check_exit_at_);
    case State::stopping:
      return stop_begun_ ? channel_->wake_at() : TimePoint::min();
    case State::idle:
    case State::ended:
      break;
  }
  return kNoDeadline;
}

void Worker::on_time(TimePoint now, process::ProcessTable& table) {
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
  if (exit_check_was_due(now)) {
    return;
  }
  if (state_ == State::closing) {
    end();
  } else if (now < give_up_at_) {
    break_off(process::Cause::unusable, "closed its output");
  } else if (state_ == State::starting) {
    break_off(process::Cause::deadline,
              "sent no hello within " + std::to_string(options_.start_timeout.count()) + " ms");
  } else {
    break_off(process::Cause::deadline,
              "no reply within " +
                  std::to_string(
                      std::chrono::duration_cast<milliseconds>(give_up_at_ - requested_).count()) +
                  " ms");
  }
}

/// Checks for the worker's exit where it is time to. True: that was what was due.
bool Worker::exit_check_was_due(TimePoint now) {
  if (now < check_exit_at_) {
    return false;
  }
  if (channel_->exit().state != process::ChildExit::State::running) {
    has_exited(now);
    return true;
  }
  check_exit_at_ = after(now, kExitCheckInterval);
  return now < wake_at();
}

void Worker::has_exited(TimePoint now) {
  if (state_ == State::idle) {
    left_by_itself_ = true;
    close(now);
  }
  read_replies(now);  // what it said before
  want(End::exit, false);
  check_exit_at_ = kNoDeadline;
  exit_ = channel_->exit();
  if (state_ == State::starting || state_ == State::busy || state_ == State::idle) {
    break_off(process::Cause::unusable, exit_in_words());
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
void Worker::break_off(process::Cause cause, std::string why) {
  if (state_ == State::stopping || state_ == State::ended) {
    return;
  }
  if (state_ == State::busy) {
    has_result_ = true;
    cause_ = cause;
    detail_ = cause == process::Cause::deadline ? why : "the worker " + why;
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
  std::string text = "exited";
  if (exit_.signal != 0) {
    text = "was ended by signal " + std::to_string(exit_.signal);
  } else if (exit_.exit_status >= 0) {
    text += " with status " + std::to_string(exit_.exit_status);
  }
  const std::string reason = channel_->kernels_reason();
  return reason.empty() ? text : text + ": " + reason;
}

// The exchange: hello, requests, replies.

Worker::Begun Worker::begin(const WorkerRequest& request, const RequestId& id, TimePoint requested,
                            TimePoint deadline, TimePoint now) {
  // What came since the last reply would be read as a part of the next one.
  read_replies(now);
  if (state_ != State::idle) {
    return Begun::stale;
  }

  outgoing_.clear();
  sent_ = 0;
  if (!append_request(outgoing_, request, id.text(), wants_in_requests_ | options_.always_send,
                      whole_milliseconds_left(now, deadline), options_.request_limit)) {
    outgoing_.clear();
    outgoing_.shrink_to_fit();
    return Begun::too_long;
  }
  const process::Transfer::State state = send_more();
  if (sent_ == 0) {
    const bool broken = state == process::Transfer::State::finished;
    break_off(process::Cause::unusable,
              broken ? "closed its input" : "has not read its last request");
    return Begun::not_sent;
  }
  state_ = State::busy;
  requested_ = requested;
  give_up_at_ = deadline;
  errors_ = process::Capture(options_.error_limit);
  reader_.expect(id);
  return Begun::sent;
}

void Worker::take_result(process::RunResult& result, TimePoint now) {
  has_result_ = false;
  process::Outcome& outcome = result.outcome;
  outcome = process::Outcome{};
  outcome.cause = cause_;
  outcome.pid = pid();
  outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - requested_);
  result.output.clear();
  // What it wrote before its reply may have come after the last wait.
  read_errors();
  if (cause_ == process::Cause::ok || cause_ == process::Cause::nonzero_exit) {
    outcome.exit_status = reader_.status();
    std::swap(result.output, reader_.output());
  } else {
    outcome.detail = std::move(detail_);
  }
  result.error_truncated = errors_.overflowed();
  result.error = errors_.take();
}

process::Transfer::State Worker::send_more() {
  process::Transfer::State state = process::Transfer::State::moved;
  while (sent_ < outgoing_.size() && state == process::Transfer::State::moved) {
    const process::Transfer sent = channel_->send(std::string_view(outgoing_).substr(sent_));
    state = sent.state;
    sent_ += sent.bytes;
  }
  want(End::requests, sent_ < outgoing_.size());
  return state;
}

void Worker::read_replies(TimePoint now) {
  if (!wants(End::replies)) {
    return;
  }
  char buffer[kBytesARead];
  for (std::size_t total = 0; total < kMostBytesAtOnce;) {
    const process::Transfer got = channel_->receive(buffer, sizeof buffer);
    if (got.state == process::Transfer::State::would_block) {
      return;
    }
    if (got.state == process::Transfer::State::finished) {
      want(End::replies, false);
      replies_ended(now);
      return;
    }
    take({buffer, got.bytes}, now);
    total += got.bytes;
    if (got.bytes < sizeof buffer) {  // empty now; the end, if it was that, is another event
      return;
    }
  }
}

void Worker::take(std::string_view bytes, TimePoint now) {
  switch (state_) {
    case State::starting:
      take_hello(bytes, now);
      break;
    case State::busy:
      switch (reader_.read(bytes)) {
        case ReplyReader::State::incomplete:
          break;
        case ReplyReader::State::complete:
          reply_is_complete(now);
          break;
        case ReplyReader::State::invalid:
          break_off(process::Cause::unusable, reader_.problem());
          break;
      }
      break;
    case State::idle:
      break_off(process::Cause::unusable, "sent a line without a request: " + quoted_start(bytes));
      break;
    case State::closing:
    case State::stopping:
    case State::ended:
      break;  // a late one: of no use to anyone
  }
}

void Worker::take_hello(std::string_view bytes, TimePoint now) {
  const std::size_t end = bytes.find('\n');
  hello_ += bytes.substr(0, std::min(end, kLongestHello + 1));
  if (hello_.size() > kLongestHello) {
    break_off(process::Cause::unusable, "its first line is too long for a hello");
    return;
  }
  if (end == bytes.npos) {
    return;
  }
  const auto hello = read_worker_hello(hello_);
  if (!hello) {
    break_off(process::Cause::unusable, hello.error().message);
    return;
  }
  wants_in_requests_ = hello->wants;
  state_ = State::idle;
  idle_since_ = now;
  give_up_at_ = kNoDeadline;
  if (const std::string_view rest = bytes.substr(end + 1); !rest.empty()) {
    take(rest, now);
  }
}

void Worker::reply_is_complete(TimePoint now) {
  ++served_;
  idle_since_ = now;
  has_result_ = true;
  state_ = State::idle;
  if (reader_.kind() == ReplyReader::Kind::error) {
    cause_ = process::Cause::unusable;
    detail_ = "the worker says: " + reader_.error_text();
  } else {
    cause_ = reader_.status() == 0 ? process::Cause::ok : process::Cause::nonzero_exit;
  }
  // The reply counts, but no other can come from a worker that is out of step.
  if (reader_.has_surplus()) {
    break_off(cause_, "sent something after its reply");
  } else if (sent_ < outgoing_.size()) {
    break_off(cause_, "answered before it had read the request");
  }
}

void Worker::replies_ended(TimePoint now) {
  switch (state_) {
    case State::starting:
    case State::busy:
      replies_ended_at_ = now;
      break;
    case State::idle:
      left_by_itself_ = true;
      close(now);
      break;
    case State::closing:
    case State::stopping:
    case State::ended:
      break;
  }
}

}  // namespace kamexec::pool
