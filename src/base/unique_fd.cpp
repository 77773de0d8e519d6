// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unique_fd.h"

#include <unistd.h>

#include <cerrno>

namespace kamexec {

void UniqueFd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old >= 0 && old != fd) {
    const int saved = errno;
    ::close(old);  // on Linux the descriptor is gone even at EINTR: never a second try
    errno = saved;
  }
}

}  // namespace kamexec
