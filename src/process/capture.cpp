// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/capture.h"

#include <algorithm>

#include "process/pipe.h"

namespace kamexec::process {

bool Capture::read_from(int fd, std::size_t most) {
  char buffer[16 * 1024];
  while (most > 0) {
    const std::size_t wanted = std::min(most, sizeof buffer);
    const Transfer got = read_some(fd, buffer, wanted);
    if (got.state != Transfer::State::moved) {
      return got.state == Transfer::State::would_block;
    }
    keep(buffer, got.bytes);
    if (got.bytes < wanted) {  // empty now; the end, if it was that, is another event
      return true;
    }
    most -= got.bytes;
  }
  return true;
}

void Capture::keep(const char* data, std::size_t size) {
  const std::size_t room = limit_ - bytes_.size();
  bytes_.append(data, std::min(size, room));
  overflowed_ = overflowed_ || size > room;
}

}  // namespace kamexec::process
