// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/local_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include <cerrno>

#include "process/call_marker.h"
#include "process/left_behind.h"
#include "process/spawn.h"

namespace kamexec {

namespace {

constexpr std::chrono::milliseconds kPauseBetweenLooks{5};

}  // namespace

LocalChannel::LocalChannel() : owner_(::getpid()) {}

LocalChannel::~LocalChannel() {
  // In a child that the host has forked, the worker is the parent's: hands off.
  if (root_.child.pid == 0 || ::getpid() != owner_) {
    return;
  }
  if (!ended_) {
    signal_group(root_, SIGKILL);
  }
  // Reaps it, now or when the kernel lets it go.
  leave_behind(Child{root_.child.pid, std::move(at(End::exit))});
}

Result<std::unique_ptr<LocalChannel>> LocalChannel::start(const ProgramStart& program,
                                                          bool capture_error) {
  std::unique_ptr<LocalChannel> channel(new LocalChannel);
  SpawnRequest request;
  request.start = program;

  auto input = make_input_pipe();
  if (!input) {
    return tl::unexpected(std::move(input.error()));
  }
  request.streams[0] = input->childs.get();
  channel->at(End::requests) = std::move(input->ours);

  auto output = make_output_pipe();
  if (!output) {
    return tl::unexpected(std::move(output.error()));
  }
  request.streams[1] = output->childs.get();
  channel->at(End::replies) = std::move(output->ours);

  UniqueFd error_stream;
  if (capture_error) {
    auto error = make_output_pipe();
    if (!error) {
      return tl::unexpected(std::move(error.error()));
    }
    error_stream = std::move(error->childs);
    channel->at(End::errors) = std::move(error->ours);
  } else if (::fcntl(2, F_GETFD) < 0) {  // the host has none itself
    auto null = open_null();
    if (!null) {
      return tl::unexpected(std::move(null.error()));
    }
    error_stream = std::move(*null);
  }
  if (error_stream.valid()) {
    request.streams[2] = error_stream.get();
  }

  TreeRoot& root = channel->root_;
  root.marker = make_call_marker(Marked::worker);
  root.not_before = current_ticks();
  root.host_session = ::getsid(0);
  const std::vector<char*> environment = with_marker(program.environment, root.marker.variable);
  request.start.environment = environment.data();
  request.marker_limit = root.marker.limit;

  auto child = spawn(request);
  if (!child) {
    return tl::unexpected(std::move(child.error()));
  }
  root.child = child->ref();
  channel->at(End::exit) = std::move(child->pidfd);
  return channel;
}

void LocalChannel::close(End end) {
  if (end != End::exit) {  // what signals go by, until all is over
    at(end).reset();
  }
}

Transfer LocalChannel::send(std::string_view bytes) {
  return write_some(fd(End::requests), bytes);
}

Transfer LocalChannel::receive(char* buffer, std::size_t size) {
  return read_some(fd(End::replies), buffer, size);
}

ChildExit LocalChannel::exit() {
  if (exit_.state == ChildExit::State::running) {
    exit_ = look_at_exit(root_.child);
  }
  return exit_;
}

void LocalChannel::stop(const StopPolicy& policy, TimePoint now, ProcessTable& table) {
  stop_.begin(root_, policy, now, table);
  look_again_at(now);
}

void LocalChannel::proceed(TimePoint now, ProcessTable& table) {
  if (ended_) {
    return;
  }
  stop_.proceed(root_, exit().state != ChildExit::State::running, now, table);
  ended_ = stop_.finished();
  look_again_at(now);
}

/// Without a pidfd nothing tells of the worker's end.
void LocalChannel::look_again_at(TimePoint now) {
  if (fd(End::exit) < 0) {
    look_at_ = after(now, kPauseBetweenLooks);
  }
}

TimePoint LocalChannel::wake_at() const {
  if (ended_ || !stop_.begun()) {
    return kNoDeadline;
  }
  const bool worker_ended = exit_.state != ChildExit::State::running;
  return worker_ended ? stop_.wake_at(true) : std::min(look_at_, stop_.wake_at(false));
}

}  // namespace kamexec
