// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/local_channel.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "process/deferred_reap.h"
#include "process/spawn.h"

namespace kamexec::pool {
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
    process::signal_group(root_, SIGKILL);
  }
  root_.cgroup.reset();
  // Reaps it, now or when the kernel lets it go.
  process::reap_later(process::Child{root_.child.pid, std::move(at(End::exit))});
}

Result<std::unique_ptr<LocalChannel>> LocalChannel::start_worker(
    const process::ProgramStart& program, bool capture_error) {
  auto streams = process::open_standard_streams(
      {process::StreamTo::pipe, process::StreamTo::pipe,
       capture_error ? process::StreamTo::pipe : process::StreamTo::host});
  if (!streams) {
    return tl::unexpected(std::move(streams.error()));
  }
  std::unique_ptr<LocalChannel> channel(new LocalChannel);
  channel->at(End::requests) = std::move(streams->ours[0]);
  channel->at(End::replies) = std::move(streams->ours[1]);
  channel->at(End::errors) = std::move(streams->ours[2]);
  channel->root_ = process::new_tree(process::Marked::worker);
  auto pidfd = process::start_child(program, *streams, channel->root_);
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

process::Transfer LocalChannel::send(std::string_view bytes) {
  return process::write_some(fd(End::requests), bytes);
}

process::Transfer LocalChannel::receive(char* buffer, std::size_t size) {
  return process::read_some(fd(End::replies), buffer, size);
}

process::ChildExit LocalChannel::exit() {
  if (exit_.state == process::ChildExit::State::running) {
    exit_ = process::peek_exit(root_.child);
  }
  return exit_;
}

std::string LocalChannel::kernels_reason() const {
  return root_.cgroup ? root_.cgroup->kernels_reason() : std::string();
}

void LocalChannel::stop(const process::StopPolicy& policy, TimePoint now,
                        process::ProcessTable& table) {
  stop_.begin(root_, policy, now, table);
  schedule_exit_check(now);
}

void LocalChannel::proceed(TimePoint now, process::ProcessTable& table) {
  if (ended_) {
    return;
  }
  stop_.proceed(root_, exit().state != process::ChildExit::State::running, now, table);
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
  const bool worker_ended = exit_.state != process::ChildExit::State::running;
  return worker_ended ? stop_.wake_at(true) : std::min(check_exit_at_, stop_.wake_at(false));
}

Result<std::unique_ptr<WorkerChannel>> LocalTransport::open() {
  return LocalChannel::start_worker(program_.view(), capture_error_);
}

}  // namespace kamexec::pool
