// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/process.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include <cerrno>

#include "process/deferred_reap.h"
#include "process/pipe.h"
#include "process/spawn.h"

namespace kamexec::process {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostBytesAtOnce = std::size_t{64} * 1024;
// A tracer (strace -f on the host) gets a child's end first; its parent, a moment later.
constexpr milliseconds kReapPause{1};
constexpr milliseconds kReapPatience{1000};
constexpr std::chrono::microseconds kFirstCheckPause{100};
constexpr std::chrono::microseconds kLongestCheckPause{20'000};

}  // namespace

Process::Process(const ProgramStart& program, const RunOptions& options, TimePoint requested)
    : options_(options),
      requested_(requested),
      input_(options.input),
      output_(options.output_limit),
      error_(options.error_limit) {
  if (options_.timeout.count() > 0) {
    deadline_ = after(requested_, options_.timeout);
  }
  start_program(program);
}

Process::~Process() {
  if (reaped_ || root_.child.pid == 0) {
    return;
  }
  // In a child that the host has forked all of it does nothing: there it is nobody's child.
  if (!done_) {
    signal_group(root_, SIGKILL);
    root_.cgroup.reset();
  }
  reap_later(Child{root_.child.pid, std::move(end(Channel::exit).fd)});
}

void Process::start_program(const ProgramStart& program) {
  if (program.program == nullptr) {
    end_unstarted(Outcome::refused("no program was given", EINVAL));
    return;
  }
  const auto pipe_if = [](bool wanted, StreamTo otherwise) {
    return wanted ? StreamTo::pipe : otherwise;
  };
  auto streams = open_standard_streams({pipe_if(!input_.empty(), StreamTo::null_device),
                                        pipe_if(options_.capture_output, StreamTo::null_device),
                                        pipe_if(options_.capture_error, StreamTo::host)});
  if (!streams) {
    end_unstarted(Outcome::not_started(std::move(streams.error())));
    return;
  }
  for (const auto& [channel, number] :
       {std::pair{Channel::input, 0}, {Channel::output, 1}, {Channel::error, 2}}) {
    UniqueFd& ours = streams->ours[static_cast<std::size_t>(number)];
    const bool wanted = ours.valid();
    end(channel) = End{std::move(ours), wanted};
  }
  // Before the start: a small message is all in the pipe when the program looks, and needs no
  // polling.
  if (wants(Channel::input)) {
    write_input();
  }
  close_unwanted();

  root_ = new_tree(Marked::command);
  mark_ = RunningMark(root_.marker.limit);
  auto pidfd = start_child(program, *streams, root_);
  if (!pidfd) {
    mark_.forget();
    // Arguments that are too long for the kernel are no matter of the system's state.
    const bool cannot_be_passed = pidfd.error().system_errno == E2BIG;
    end_unstarted(cannot_be_passed ? Outcome::refused(std::move(pidfd.error()))
                                   : Outcome::not_started(std::move(pidfd.error())));
    return;
  }
  result_.outcome.pid = root_.child.pid;
  if (pidfd->valid()) {
    end(Channel::exit) = End{std::move(*pidfd), true};
    hold_childs_ends(*streams);
  } else {
    // None is held: a stream's hang-up tells that the program may have ended.
    check_exit_at_ = Clock::now();
  }
}

void Process::hold_childs_ends(StandardStreams& streams) {
  if (options_.capture_output) {
    held_ends_[0] = std::move(streams.childs[1]);
  }
  if (options_.capture_error) {
    held_ends_[1] = std::move(streams.childs[2]);
  }
}

void Process::end_unstarted(Outcome outcome) {
  result_.outcome = std::move(outcome);
  result_.outcome.duration = time_since(requested_);
  ends_ = {};
  done_ = true;
}

void Process::close_unwanted() {
  for (const Channel channel : {Channel::output, Channel::error, Channel::input}) {
    if (!wants(channel)) {
      end(channel).fd.reset();
    }
  }
}

void Process::on_ready(Channel channel, TimePoint now) {
  if (!wants(channel)) {
    return;
  }
  switch (channel) {
    case Channel::exit:
      child_ended(now);
      break;
    case Channel::output:
      read_output();
      break;
    case Channel::error:
      end(channel).wanted = error_.read_from(fd(channel), kMostBytesAtOnce);
      break;
    case Channel::input:
      write_input();
      break;
  }
  if (!wants(channel) && !done_) {
    check_exit_soon(now);
  }
}

TimePoint Process::wake_at() const {
  return done_ ? kNoDeadline : std::min(check_exit_at_, next_stop_step());
}

TimePoint Process::next_stop_step() const {
  if (retry_reap_at_ != kNoDeadline) {
    return retry_reap_at_;
  }
  if (stop_.begun()) {
    return stop_.finished() ? TimePoint::min() : stop_.wake_at(child_ended_);
  }
  return stop_reason_ ? TimePoint::min() : deadline_;
}

void Process::on_time(TimePoint now, ProcessTable& table) {
  if (now >= check_exit_at_) {
    check_exit(now);
  }
  if (done_ || now < next_stop_step()) {
    return;
  }
  if (retry_reap_at_ != kNoDeadline) {
    try_to_finish(now);
    return;
  }
  if (!stop_.begun()) {
    stop(StopReason::deadline);  // unless another reason was first
    held_ends_ = {};             // two descriptors, where none may be left to find the tree
    stop_.begin(root_, options_.stop, now, table);
  } else {
    stop_.proceed(root_, child_ended_, now, table);
    if (stop_.finished()) {
      try_to_finish(now);
    }
  }
}

void Process::stop(StopReason reason, int system_errno) {
  if (done_ || stop_reason_) {
    return;
  }
  stop_reason_ = reason;
  if (reason == StopReason::loop_failed && !child_ended_) {
    check_exit_at_ = TimePoint::min();  // its descriptor may tell nothing any more
  }
  result_.outcome.system_errno = system_errno;
}

RunResult Process::take_result() {
  result_.output = output_.take();
  result_.error = error_.take();
  result_.error_truncated = error_.overflowed();
  return std::move(result_);
}

void Process::write_input() {
  End& pipe = end(Channel::input);
  while (!input_.empty()) {
    const Transfer written = write_some(pipe.fd.get(), input_);
    if (written.state == Transfer::State::would_block) {
      return;
    }
    if (written.state == Transfer::State::finished) {  // it doesn't want more: no failure
      break;
    }
    input_.remove_prefix(written.bytes);
  }
  pipe.wanted = false;
}

void Process::read_output() {
  End& pipe = end(Channel::output);
  pipe.wanted = output_.read_from(pipe.fd.get(), kMostBytesAtOnce);
  if (output_.overflowed()) {
    stop(StopReason::output_limit);
  }
}

/// What the pipes hold at this moment, and no more: a background job may keep writing for ever.
void Process::drain() {
  if (wants(Channel::output)) {
    output_.read_from(fd(Channel::output), bytes_waiting(fd(Channel::output)));
  }
  if (wants(Channel::error)) {
    error_.read_from(fd(Channel::error), bytes_waiting(fd(Channel::error)));
  }
}

/// Without a pidfd: more and more seldom, so that a short program costs its caller little and a
/// long one the machine.
void Process::check_exit(TimePoint now) {
  const ChildExit exit = peek_exit(root_.child);
  const bool cannot_be_asked = exit.system_errno != 0 && exit.system_errno != ECHILD;
  if (cannot_be_asked) {
    stop(StopReason::loop_failed, exit.system_errno);
  }
  if (exit.state != ChildExit::State::running && !cannot_be_asked) {
    child_ended(now);
    return;
  }
  check_exit_pause_ =
      std::min(check_exit_pause_ + check_exit_pause_ / 4 + kFirstCheckPause, kLongestCheckPause);
  check_exit_at_ = now + check_exit_pause_;
}

/// It has closed a stream, as it does when it ends.
void Process::check_exit_soon(TimePoint now) {
  if (check_exit_at_ == kNoDeadline) {
    return;
  }
  check_exit_pause_ = std::chrono::microseconds(0);
  check_exit_at_ = now;
}

void Process::child_ended(TimePoint now) {
  child_ended_ = true;
  check_exit_at_ = kNoDeadline;
  ended_at_ = now;
  end(Channel::exit).wanted = false;
  end(Channel::input).wanted = false;
  drain();
  if (output_.overflowed()) {
    stop(StopReason::output_limit);
  }
  // While the tree is being ended the child stays unreaped: its number, which is its group's too,
  // must not become another's.
  if (!stop_reason_) {
    try_to_finish(now);
  }
}

void Process::try_to_finish(TimePoint now) {
  const ChildExit exit = reap(root_.child);
  const bool may_come = child_ended_ && now < after(ended_at_, kReapPatience);
  if (exit.state == ChildExit::State::running && may_come) {
    retry_reap_at_ = after(now, kReapPause);
  } else {
    finish(exit, now);
  }
}

void Process::finish(const ChildExit& exit, TimePoint now) {
  Outcome& outcome = result_.outcome;
  outcome.exit_status = exit.exit_status;
  outcome.signal = exit.signal;
  outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - requested_);
  if (stop_reason_) {
    drain();
    describe_stop();
  } else if (exit.state == ChildExit::State::ended) {
    outcome.cause = exit.exit_status == 0 ? Cause::ok : Cause::nonzero_exit;
  } else {
    outcome.cause = Cause::unusable;
    outcome.system_errno = exit.system_errno == 0 ? ECHILD : exit.system_errno;
    outcome.detail =
        outcome.system_errno == ECHILD
            ? "its exit status was taken by other code in this process (SIGCHLD is ignored, "
              "or a handler waits for any child)"
            : system_error("can't read its exit status", outcome.system_errno).message;
  }
  if (root_.cgroup) {
    end_cgroup();
  }
  for (End& one : ends_) {
    one.wanted = false;
  }
  held_ends_ = {};
  reaped_ = exit.state != ChildExit::State::running;
  mark_.forget();
  done_ = true;
}

/// What a program that ended by itself has left in the background, stays: it is not ended without a
/// group either.
void Process::end_cgroup() {
  Outcome& outcome = result_.outcome;
  if (outcome.cause != Cause::ok) {
    if (const std::string reason = root_.cgroup->kernels_reason(); !reason.empty()) {
      if (outcome.cause == Cause::nonzero_exit) {
        outcome.cause = Cause::unusable;  // no answer of its own, as beyond output_limit
      }
      outcome.detail += (outcome.detail.empty() ? "" : "; ") + reason;
    }
  }
  root_.cgroup->end(stop_reason_ ? RunCgroup::Rest::ends : RunCgroup::Rest::stays);
  root_.cgroup.reset();
}

void Process::describe_stop() {
  Outcome& outcome = result_.outcome;
  outcome.cause = Cause::deadline;
  switch (*stop_reason_) {
    case StopReason::deadline:
      outcome.detail = "still running after " + std::to_string(options_.timeout.count()) + " ms";
      break;
    case StopReason::host_stops:
      outcome.detail = "the server is stopping";
      break;
    case StopReason::cancelled:
      outcome.detail = "cancelled";
      break;
    case StopReason::output_limit:
      outcome.cause = Cause::unusable;
      outcome.detail =
          "printed more than the limit of " + std::to_string(options_.output_limit) + " bytes";
      break;
    case StopReason::loop_failed:
      outcome.cause = Cause::unusable;
      outcome.detail = system_error("can't wait for it", outcome.system_errno).message;
      break;
  }
  if (stop_.left_some()) {
    outcome.detail += "; not all of its processes could be killed";
  }
  if (!stop_.blind().empty()) {
    outcome.detail +=
        "; its processes in sessions of their own may live on, as they can't be "
        "found (" +
        stop_.blind() + ")";
  }
}

}  // namespace kamexec::process
