// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace kamexec::tool {
namespace {

void restore(const UniqueFd& kept, int fd) {
  if (kept.valid()) {
    ::dup2(kept.get(), fd);
  } else {
    ::close(fd);  // it was closed before
  }
}

}  // namespace

QuietStreams::QuietStreams()
    : input_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)),
      error_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.valid()) {
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(nothing.get(), STDERR_FILENO);
  }
}

QuietStreams::~QuietStreams() {
  restore(input_, STDIN_FILENO);
  restore(error_, STDERR_FILENO);
}

}  // namespace kamexec::tool
