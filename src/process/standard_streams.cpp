// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "process/pipe.h"

namespace kamexec::process {

Result<StandardStreams> open_standard_streams(const std::array<StreamTo, 3>& to) {
  StandardStreams streams;
  for (int number = 0; number < 3; ++number) {
    const auto index = static_cast<std::size_t>(number);
    if (to[index] == StreamTo::pipe) {
      auto pipe = number == 0 ? make_input_pipe() : make_output_pipe();
      if (!pipe) {
        return tl::unexpected(std::move(pipe.error()));
      }
      streams.ours[index] = std::move(pipe->ours);
      streams.childs[index] = std::move(pipe->childs);
    } else if (to[index] == StreamTo::null_device || ::fcntl(number, F_GETFD) < 0) {
      auto null_device = open_null();
      if (!null_device) {
        return tl::unexpected(std::move(null_device.error()));
      }
      streams.childs[index] = std::move(*null_device);
    }
  }
  return streams;
}

}  // namespace kamexec::process
