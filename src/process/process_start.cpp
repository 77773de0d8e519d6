// SPDX-License-Identifier: GPL-2.0-or-later
// How a Process comes to be: its streams, its environment, its start.
#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include <cerrno>

#include "process/call_marker.h"
#include "process/pipe.h"
#include "process/process.h"
#include "process/spawn.h"

namespace kamexec {

void Process::start(const ProgramStart& program) {
  if (program.program == nullptr) {
    not_started(Cause::refused, Error{"no program was given", EINVAL});
    return;
  }
  SpawnRequest request;
  request.start = program;
  char* program_alone[] = {const_cast<char*>(program.program), nullptr};  // execve only reads
  if (program.argv == nullptr) {
    request.start.argv = program_alone;
  }
  std::vector<UniqueFd> childs_ends;  // closed when the child has its copies, but for held_ends_

  const auto to_null = [&](int number) {
    auto null = open_null();
    if (!null) {
      not_started(Cause::not_started, std::move(null.error()));
      return false;
    }
    request.streams[number] = null->get();
    childs_ends.push_back(std::move(*null));
    return true;
  };
  const auto to_pipe = [&](int number, Channel channel, Result<Pipe> (*make)()) {
    auto pipe = make();
    if (!pipe) {
      not_started(Cause::not_started, std::move(pipe.error()));
      return false;
    }
    request.streams[number] = pipe->childs.get();
    (number == 0 ? childs_ends : held_ends_).push_back(std::move(pipe->childs));
    end(channel) = End{std::move(pipe->ours), true};
    return true;
  };

  if (input_.empty() ? !to_null(0) : !to_pipe(0, Channel::input, make_input_pipe)) {
    return;
  }
  if (options_.capture_output ? !to_pipe(1, Channel::output, make_output_pipe) : !to_null(1)) {
    return;
  }
  const bool host_has_error = ::fcntl(2, F_GETFD) >= 0;
  if (options_.capture_error ? !to_pipe(2, Channel::error, make_output_pipe)
                             : !host_has_error && !to_null(2)) {
    return;
  }

  // Before the start: a small message is all in the pipe when the program looks, and needs no
  // polling.
  if (wants(Channel::input)) {
    write_input();
  }
  close_unwanted();

  root_.marker = make_call_marker();
  root_.not_before = current_ticks();
  root_.host_session = ::getsid(0);
  const std::vector<char*> environment = with_marker(program.environment, root_.marker.variable);
  request.start.environment = environment.data();
  request.marker_limit = root_.marker.limit;

  mark_ = RunningMark(root_.marker.limit);
  auto child = spawn(request);
  if (!child) {
    mark_.forget();
    // Arguments that are too long for the kernel are no matter of the system's state.
    const bool cannot_be_passed = child.error().system_errno == E2BIG;
    not_started(cannot_be_passed ? Cause::refused : Cause::not_started, std::move(child.error()));
    return;
  }
  root_.child = child->ref();
  result_.outcome.pid = child->pid;
  const bool tells_its_end = child->pidfd.valid();
  end(Channel::exit) = End{std::move(child->pidfd), tells_its_end};
  if (!tells_its_end) {
    held_ends_.clear();  // so that a stream's hang-up tells that it may have ended
    look_at_ = Clock::now();
  }
}

void Process::not_started(Cause cause, Error error) {
  Outcome& outcome = result_.outcome;
  outcome.cause = cause;
  outcome.system_errno = error.system_errno;
  outcome.detail = std::move(error.message);
  outcome.duration = time_since(requested_);
  for (End& one : ends_) {
    one = End{};
  }
  held_ends_.clear();
  done_ = true;
}

}  // namespace kamexec
