// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/pipe.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <utility>

#include <cerrno>

namespace kamexec::process {
namespace {

constexpr int kFirstFreeOfStandard = 3;

/// Moves a descriptor above 2. A host that runs with 0, 1 or 2 closed would get those.
int lift(UniqueFd& fd) {
  if (fd.get() >= kFirstFreeOfStandard) {
    return 0;
  }
  const int lifted = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeOfStandard);
  if (lifted < 0) {
    return errno;
  }
  fd.reset(lifted);
  return 0;
}

struct Ends {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Ends> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) < 0) {
    return system_failure("pipe", errno);
  }
  Ends ends{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (const int error = lift(ends.reader); error != 0) {
    return system_failure("pipe", error);
  }
  if (const int error = lift(ends.writer); error != 0) {
    return system_failure("pipe", error);
  }
  return ends;
}

/// The flag belongs to the end, not to the pipe: the child's stays blocking.
Result<Pipe> split(UniqueFd ours, UniqueFd childs) {
  if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) < 0) {
    return system_failure("pipe", errno);
  }
  return Pipe{std::move(ours), std::move(childs)};
}

bool is_sigpipe_ignored = false;  // written before there are threads

/// Holds SIGPIPE back for this thread while a write may raise it.
class SigpipeHeld {
 public:
  SigpipeHeld() {
    if (is_sigpipe_ignored) {
      return;
    }
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &mask_before_);
  }
  ~SigpipeHeld() {
    if (!is_sigpipe_ignored) {
      pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    }
  }
  SigpipeHeld(const SigpipeHeld&) = delete;
  SigpipeHeld& operator=(const SigpipeHeld&) = delete;

  void take_back() {
    if (is_sigpipe_ignored || was_pending_) {
      return;
    }
    const timespec now{};
    while (sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
    }
  }

 private:
  sigset_t sigpipe_{};
  sigset_t mask_before_{};
  bool was_pending_ = false;
};

Transfer moved(ssize_t result, int error) {
  if (result > 0) {
    return {Transfer::State::moved, static_cast<std::size_t>(result)};
  }
  if (result < 0 && (error == EAGAIN || error == EWOULDBLOCK)) {
    return {Transfer::State::would_block, 0};
  }
  return {Transfer::State::finished, 0};
}

}  // namespace

Result<Pipe> make_input_pipe() {
  auto ends = make_pipe();
  if (!ends) {
    return tl::unexpected(std::move(ends.error()));
  }
  return split(std::move(ends->writer), std::move(ends->reader));
}

Result<Pipe> make_output_pipe() {
  auto ends = make_pipe();
  if (!ends) {
    return tl::unexpected(std::move(ends.error()));
  }
  return split(std::move(ends->reader), std::move(ends->writer));
}

Result<UniqueFd> open_null() {
  int fd;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return system_failure("/dev/null", errno);
  }
  UniqueFd null(fd);
  if (const int error = lift(null); error != 0) {
    return system_failure("/dev/null", error);
  }
  return null;
}

Transfer read_some(int fd, char* buffer, std::size_t size) {
  ssize_t result;
  do {
    result = ::read(fd, buffer, size);
  } while (result < 0 && errno == EINTR);
  return moved(result, errno);
}

Transfer write_some(int fd, std::string_view data) {
  SigpipeHeld sigpipe;
  ssize_t result;
  do {
    result = ::write(fd, data.data(), data.size());
  } while (result < 0 && errno == EINTR);
  const int error = result < 0 ? errno : 0;
  if (error == EPIPE) {
    sigpipe.take_back();
  }
  return moved(result, error);
}

void ignore_sigpipe() {
  ::signal(SIGPIPE, SIG_IGN);
  is_sigpipe_ignored = true;
}

std::size_t bytes_waiting(int fd) {
  int bytes = 0;
  if (::ioctl(fd, FIONREAD, &bytes) < 0 || bytes < 0) {
    return 0;
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace kamexec::process
