// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/dispatcher_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "stored/database_error.h"

namespace kamexec::stored {

Result<UniqueFd> lock_dispatcher(const std::string& directory) {
  const std::string path = directory + "/queue.lock";
  // Once more where the file was removed between the two calls: the lock would be on none.
  for (int attempt = 0; attempt < 10; ++attempt) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd.valid()) {
      return tl::unexpected(file_error("open", path, errno));
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return UniqueFd();
      }
      if (errno == EINTR) {
        continue;
      }
      return system_failure("can't lock " + path, errno);
    }
    struct stat locked {};
    struct stat there {};
    if (::fstat(fd.get(), &locked) == 0 && ::stat(path.c_str(), &there) == 0 &&
        locked.st_dev == there.st_dev && locked.st_ino == there.st_ino) {
      return fd;
    }
  }
  return failure("can't lock " + path + ": it is removed again and again");
}

}  // namespace kamexec::stored
