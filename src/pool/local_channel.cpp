// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/local_channel.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "process/child_start.h"
#include "process/deferred_reap.h"

namespace kamexec {
namespace {

constexpr std::chrono::milliseconds kExitCheckInterval{5};

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
  reap_later(Child{root_.child.pid, std::move(at(End::exit))});
}

Result<std::unique_ptr<LocalChannel>> LocalChannel::start_worker(const ProgramStart& program,
                                                                 bool capture_error) {
  auto streams = open_standard_streams(
      {StreamTo::pipe, StreamTo::pipe, capture_error ? StreamTo::pipe : StreamTo::host});
  if (!streams) {
    return tl::unexpected(std::move(streams.error()));
  }
  std::unique_ptr<LocalChannel> channel(new LocalChannel);
  channel->at(End::requests) = std::move(streams->ours[0]);
  channel->at(End::replies) = std::move(streams->ours[1]);
  channel->at(End::errors) = std::move(streams->ours[2]);
  channel->root_ = new_tree(Marked::worker);
  auto pidfd = start_child(program, *streams, channel->root_);
  if (!pidfd) {
    return tl::unexpected(std::move(pidfd.error()));
  }
  channel->at(End::exit) = std::move(*pidfd);
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
    exit_ = peek_exit(root_.child);
  }
  return exit_;
}

void LocalChannel::stop(const StopPolicy& policy, TimePoint now, ProcessTable& table) {
  stop_.begin(root_, policy, now, table);
  schedule_exit_check(now);
}

void LocalChannel::proceed(TimePoint now, ProcessTable& table) {
  if (ended_) {
    return;
  }
  stop_.proceed(root_, exit().state != ChildExit::State::running, now, table);
  ended_ = stop_.finished();
  schedule_exit_check(now);
}

/// Without a pidfd nothing tells of the worker's end.
void LocalChannel::schedule_exit_check(TimePoint now) {
  if (fd(End::exit) < 0) {
    check_exit_at_ = after(now, kExitCheckInterval);
  }
}

TimePoint LocalChannel::wake_at() const {
  if (ended_ || !stop_.begun()) {
    return kNoDeadline;
  }
  const bool worker_ended = exit_.state != ChildExit::State::running;
  return worker_ended ? stop_.wake_at(true) : std::min(check_exit_at_, stop_.wake_at(false));
}

Result<std::unique_ptr<WorkerChannel>> LocalTransport::open() {
  return LocalChannel::start_worker(program_.view(), capture_error_);
}

}  // namespace kamexec
