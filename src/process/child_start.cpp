// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/child_start.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "process/pipe.h"
#include "process/spawn.h"

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

TreeRoot new_tree(Marked who) {
  TreeRoot root;
  root.marker = make_call_marker(who);
  root.not_before = current_ticks();
  root.host_session = ::getsid(0);
  return root;
}

Result<UniqueFd> start_child(const ProgramStart& program, const StandardStreams& streams,
                             TreeRoot& root) {
  SpawnRequest request;
  request.start = program;
  char* path_alone[] = {const_cast<char*>(program.program), nullptr};  // execve only reads
  if (program.argv == nullptr) {
    request.start.argv = path_alone;
  }
  const std::vector<char*> environment = with_marker(program.environment, root.marker.variable);
  request.start.environment = environment.data();
  request.marker_limit = root.marker.limit;
  for (int number = 0; number < 3; ++number) {
    const UniqueFd& stream = streams.childs[static_cast<std::size_t>(number)];
    request.streams[number] = stream.valid() ? stream.get() : number;
  }
  auto child = spawn(request);
  if (!child) {
    return tl::unexpected(std::move(child.error()));
  }
  root.child = child->ref();
  return std::move(child->pidfd);
}

}  // namespace kamexec::process
