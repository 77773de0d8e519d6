// SPDX-License-Identifier: GPL-2.0-or-later
// One worker, from its hello to its end: the protocol's state over a channel. Passive: whoever owns
// the loop tells it what is ready and what time it is.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "pool/pool_options.h"
#include "pool/reply_reader.h"
#include "pool/request_id.h"
#include "pool/worker_channel.h"
#include "pool/worker_hello.h"
#include "pool/worker_request.h"
#include "process/capture.h"
#include "process/program_start.h"

namespace kamexec::pool {

/// Not thread-safe, neither copied nor moved.
class Worker {
 public:
  using End = WorkerChannel::End;
  enum class State {
    starting,  ///< its hello hasn't come
    idle,      ///< may be given a request
    busy,      ///< has one
    closing,   ///< its input is closed, it should leave by itself
    stopping,  ///< is being ended, or its descendants are
    ended,     ///< nothing of it is left
  };

  /// Takes a channel that was just opened. @p options must outlive the worker.
  Worker(std::unique_ptr<WorkerChannel> channel, const PoolOptions& options, TimePoint now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] pid_t pid() const { return channel_->pid(); }
  [[nodiscard]] const Wants& wants_in_requests() const { return wants_in_requests_; }
  [[nodiscard]] std::uint64_t served() const { return served_; }
  [[nodiscard]] TimePoint started_at() const { return started_at_; }
  /// When its last request ended, or it became ready.
  [[nodiscard]] TimePoint idle_since() const { return idle_since_; }

  /// Why it went in a bad way, in words; empty: it didn't.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// What it has written to standard error since its start, or since its last request began.
  [[nodiscard]] std::string take_errors();

  enum class Begun {
    sent,      ///< some of it at least: it must not go to another worker
    stale,     ///< the worker was found unusable before anything was tried
    not_sent,  ///< the write failed before a byte went
    too_long,  ///< the request is beyond its limit; the worker is as before
  };
  /// Gives an idle worker a request.
  [[nodiscard]] Begun begin(const WorkerRequest& request, const RequestId& id, TimePoint requested,
                            TimePoint deadline, TimePoint now);

  /// True when the request that was begun is over, well or not, until take_result().
  [[nodiscard]] bool has_result() const { return has_result_; }
  /// Into @p result, whose strings' memory is used again.
  void take_result(process::RunResult& result, TimePoint now);

  /// In good order: it gets the end of its input. A busy one only after its request.
  void close(TimePoint now);
  /// Ends it at once; a request that it has ends as Cause::deadline with @p why.
  void abandon(std::string why);
  /// Its descriptors can't be watched.
  void fail(int system_errno);

  /// As in Process: what to watch, and its end.
  [[nodiscard]] bool wants(End end) const { return wanted_[static_cast<std::size_t>(end)]; }
  [[nodiscard]] int fd(End end) const { return channel_->fd(end); }
  void close_unwanted();
  void on_ready(End end, TimePoint now);
  [[nodiscard]] TimePoint wake_at() const;
  void on_time(TimePoint now, process::ProcessTable& table);

 private:
  void want(End end, bool wanted) { wanted_[static_cast<std::size_t>(end)] = wanted; }
  process::Transfer::State send_more();
  void read_replies(TimePoint now);
  void take(std::string_view bytes, TimePoint now);
  void take_hello(std::string_view bytes, TimePoint now);
  void reply_is_complete(TimePoint now);
  void replies_ended(TimePoint now);
  void has_exited(TimePoint now);
  [[nodiscard]] bool exit_check_was_due(TimePoint now);
  void read_errors();
  void break_off(process::Cause cause, std::string why);
  void end();
  [[nodiscard]] std::string exit_in_words() const;

  const PoolOptions& options_;
  std::unique_ptr<WorkerChannel> channel_;
  State state_ = State::starting;
  std::array<bool, 4> wanted_{};
  TimePoint started_at_;
  TimePoint idle_since_;
  TimePoint give_up_at_;  // on what the state waits for
  TimePoint replies_ended_at_ = kNoDeadline;
  TimePoint check_exit_at_ = kNoDeadline;  // where no descriptor tells of it
  bool left_by_itself_ = false;
  bool stop_begun_ = false;
  process::ChildExit exit_;
  std::string fault_;
  process::Capture errors_;

  std::string hello_;
  Wants wants_in_requests_;
  std::uint64_t served_ = 0;

  std::string outgoing_;
  std::size_t sent_ = 0;  // bytes of outgoing_
  ReplyReader reader_;
  TimePoint requested_;
  bool has_result_ = false;
  process::Cause cause_ = process::Cause::unusable;
  std::string detail_;
};

}  // namespace kamexec::pool
