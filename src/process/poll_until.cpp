// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/poll_until.h"

#include <cerrno>

namespace kamexec::process {
namespace {

/// Rounded up: a wait that ends too early is one that is made again and again.
int whole_milliseconds(const timespec& time) {
  return static_cast<int>(time.tv_sec * 1000 + (time.tv_nsec + 999'999) / 1'000'000);
}

}  // namespace

Result<int> poll_until(pollfd* entries, nfds_t count, TimePoint until) {
  const timespec time = time_left(Clock::now(), until);
  int ready = ::ppoll(entries, count, &time, nullptr);
  if (ready < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS)) {
    ready = ::poll(entries, count, whole_milliseconds(time));
  }
  if (ready >= 0) {
    return ready;
  }
  const int error = errno;
  for (nfds_t i = 0; i < count; ++i) {
    entries[i].revents = 0;
  }
  if (error == EINTR) {
    return 0;
  }
  constexpr timespec kPause{0, 1'000'000};
  ::nanosleep(&kPause, nullptr);
  return system_failure("poll", error);
}

}  // namespace kamexec::process
