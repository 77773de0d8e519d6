// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace kamexec::module {
namespace {

/// Blocks of shared memory lie at even addresses, so that the lowest bit can tell the kinds apart.
constexpr std::uint64_t kIsCancel = 1;

}  // namespace

Result<AsyncChannel> AsyncChannel::create(std::size_t most) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
    return system_failure("a pipe for asynchronous calls", errno);
  }
  AsyncChannel channel{UniqueFd(ends[0]), UniqueFd(ends[1])};
  const int size = static_cast<int>(most * sizeof(std::uint64_t));
  if (::fcntl(channel.write_.get(), F_GETPIPE_SZ) < size &&
      ::fcntl(channel.write_.get(), F_SETPIPE_SZ, size) < 0) {
    return system_failure("a pipe with room for " + std::to_string(most) +
                              " asynchronous calls (/proc/sys/fs/pipe-max-size)",
                          errno);
  }
  return channel;
}

bool AsyncChannel::send_word(std::uint64_t word) const {
  ssize_t written = 0;
  do {
    written = ::write(write_.get(), &word, sizeof(word));
  } while (written < 0 && errno == EINTR);
  return written == static_cast<ssize_t>(sizeof(word));
}

bool AsyncChannel::send(AsyncJobPtr& job) const {
  if (!send_word(reinterpret_cast<std::uint64_t>(job.get()))) {
    return false;
  }
  static_cast<void>(job.release());
  return true;
}

void AsyncChannel::send_cancel(AsyncId id) const {
  static_cast<void>(send_word((id << 1) | kIsCancel));
}

std::optional<AsyncNotice> AsyncChannel::receive() const {
  std::uint64_t word = 0;
  ssize_t read = 0;
  do {
    read = ::read(read_.get(), &word, sizeof(word));
  } while (read < 0 && errno == EINTR);
  if (read != static_cast<ssize_t>(sizeof(word))) {
    return {};
  }
  AsyncNotice notice;
  if ((word & kIsCancel) != 0) {
    notice.cancelled = word >> 1;
  } else {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the address was written to the pipe as a number.
    notice.job.reset(reinterpret_cast<AsyncJob*>(word));
  }
  return notice;
}

}  // namespace kamexec::module
