// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker is asked and what it says: hello, requests, replies.
#include <algorithm>
#include <utility>

#include "pool/words.h"
#include "pool/worker.h"

namespace kamexec {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostBytesAtOnce = 64 * 1024;  // other events want their turn too
constexpr std::size_t kBytesARead = 16 * 1024;

milliseconds whole_milliseconds_left(TimePoint now, TimePoint deadline) {
  if (deadline == kNoDeadline) {
    return milliseconds(0);
  }
  // Never 0, which means no limit.
  return std::max(std::chrono::duration_cast<milliseconds>(deadline - now), milliseconds(1));
}

}  // namespace

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
  const Transfer::State state = send_more();
  if (sent_ == 0) {
    const bool broken = state == Transfer::State::finished;
    break_off(Cause::unusable, broken ? "closed its input" : "has not read its last request");
    return Begun::not_sent;
  }
  state_ = State::busy;
  requested_ = requested;
  give_up_at_ = deadline;
  errors_ = Capture(options_.error_limit);
  reader_.expect(id);
  return Begun::sent;
}

void Worker::take_result(RunResult& result, TimePoint now) {
  has_result_ = false;
  Outcome& outcome = result.outcome;
  outcome = Outcome{};
  outcome.cause = cause_;
  outcome.pid = pid();
  outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - requested_);
  result.output.clear();
  if (cause_ == Cause::ok || cause_ == Cause::nonzero_exit) {
    outcome.exit_status = reader_.status();
    std::swap(result.output, reader_.output());
  } else {
    outcome.detail = std::move(detail_);
    read_errors();
  }
  result.error_truncated = errors_.overflowed();
  result.error = errors_.take();
}

Transfer::State Worker::send_more() {
  Transfer::State state = Transfer::State::moved;
  while (sent_ < outgoing_.size() && state == Transfer::State::moved) {
    const Transfer sent = channel_->send(std::string_view(outgoing_).substr(sent_));
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
    const Transfer got = channel_->receive(buffer, sizeof buffer);
    if (got.state == Transfer::State::would_block) {
      return;
    }
    if (got.state == Transfer::State::finished) {
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
          break_off(Cause::unusable, reader_.problem());
          break;
      }
      break;
    case State::idle:
      break_off(Cause::unusable, "sent a line without a request: " + quoted_start(bytes));
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
    break_off(Cause::unusable, "its first line is too long for a hello");
    return;
  }
  if (end == bytes.npos) {
    return;
  }
  const auto hello = read_worker_hello(hello_);
  if (!hello) {
    break_off(Cause::unusable, hello.error().message);
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
    cause_ = Cause::unusable;
    detail_ = "the worker says: " + reader_.error_text();
  } else {
    cause_ = reader_.status() == 0 ? Cause::ok : Cause::nonzero_exit;
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

}  // namespace kamexec
