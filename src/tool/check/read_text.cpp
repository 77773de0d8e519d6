// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/read_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"

namespace kamexec::tool::check {

Result<std::string> read_text(const std::string& path) {
  // Not blocking: opening a named pipe would wait for a writer.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    return system_failure("cannot open " + path, errno);
  }
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) {
    return system_failure("cannot look at " + path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return failure(path + " is not a regular file");
  }
  std::string text;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t size = ::read(fd.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return system_failure("cannot read " + path, errno);
    }
    if (size == 0) {
      return text;
    }
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > kMostBytes) {
      return failure(path + " has more than " + std::to_string(kMostBytes) + " bytes");
    }
  }
}

}  // namespace kamexec::tool::check
