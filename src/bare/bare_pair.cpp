// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare/bare_pair.h"

#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kamexec::bare {
namespace {

/// Reads until @p buffer is full. 0, or an errno; ENODATA where the other end is closed.
int read_full(int fd, std::string& buffer) {
  for (std::size_t got = 0; got < buffer.size();) {
    const ssize_t more = ::read(fd, buffer.data() + got, buffer.size() - got);
    if (more < 0 && errno == EINTR) {
      continue;
    }
    if (more <= 0) {
      return more == 0 ? ENODATA : errno;
    }
    got += static_cast<std::size_t>(more);
  }
  return 0;
}

/// 0, or an errno. A stream socket that blocks may still take less than everything.
int write_full(int fd, const std::string& buffer) {
  for (std::size_t put = 0; put < buffer.size();) {
    const ssize_t more = ::write(fd, buffer.data() + put, buffer.size() - put);
    if (more < 0 && errno == EINTR) {
      continue;
    }
    if (more < 0) {
      return errno;
    }
    put += static_cast<std::size_t>(more);
  }
  return 0;
}

/// Of a child: nothing of the parent's but the socket, so that nobody waits for a pipe's end that
/// is open here.
void keep_only(int fd) {
  if (fd > 3) {
    ::close_range(3, static_cast<unsigned>(fd) - 1, 0);
  }
  ::close_range(static_cast<unsigned>(fd) + 1, ~0U, 0);
}

[[noreturn]] void answer(int fd, std::size_t request, std::size_t reply) {
  keep_only(fd);
  std::string question(request, '\0');
  const std::string answer(reply, 'a');
  while (read_full(fd, question) == 0 && write_full(fd, answer) == 0) {
  }
  ::_exit(0);
}

/// Between the two, with a child of its own that answers.
[[noreturn]] void relay(int fd, std::size_t request, std::size_t reply) {
  keep_only(fd);
  Result<BarePair> onward = BarePair::create(request, reply);
  std::string question(request, '\0');
  const std::string answer(reply, 'a');
  while (onward && read_full(fd, question) == 0 && onward->round_trip() &&
         write_full(fd, answer) == 0) {
  }
  ::_exit(0);
}

}  // namespace

BarePair::BarePair(UniqueFd ours, pid_t pid, std::size_t request, std::size_t reply)
    : ours_(std::move(ours)), pid_(pid), request_(request, 'q'), reply_(reply, '\0') {}

BarePair::BarePair(BarePair&& other) noexcept
    : ours_(std::move(other.ours_)),
      pid_(std::exchange(other.pid_, 0)),
      request_(std::move(other.request_)),
      reply_(std::move(other.reply_)) {}

BarePair::~BarePair() {
  ours_.reset();
  while (pid_ > 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<BarePair> BarePair::create(std::size_t request, std::size_t reply, Hops hops) {
  if (request < 1 || request > kMost || reply < 1 || reply > kMost) {
    return failure("a round trip takes 1 to " + std::to_string(kMost) + " bytes each way");
  }
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
    return system_failure("socketpair", errno);
  }
  UniqueFd ours(fds[0]);
  const UniqueFd theirs(fds[1]);
  const pid_t pid = ::fork();
  if (pid < 0) {
    return system_failure("fork", errno);
  }
  if (pid == 0 && hops == Hops::two) {
    relay(theirs.get(), request, reply);
  }
  if (pid == 0) {
    answer(theirs.get(), request, reply);
  }
  return BarePair(std::move(ours), pid, request, reply);
}

Result<void> BarePair::round_trip() {
  if (const int error = write_full(ours_.get(), request_)) {
    return system_failure("write to a socket pair", error);
  }
  if (const int error = read_full(ours_.get(), reply_)) {
    return system_failure("read from a socket pair", error);
  }
  return {};
}

}  // namespace kamexec::bare
