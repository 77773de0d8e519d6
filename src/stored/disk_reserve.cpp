// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/disk_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/unique_fd.h"

namespace kamexec::stored {
namespace {

constexpr mode_t kMode = 0640;  // as the database

bool is_full(int error) {
  return error == ENOSPC || error == EDQUOT;
}

}  // namespace

DiskReserve::DiskReserve(const std::string& directory) : path_(directory + "/queue.reserve") {
  struct statvfs system {};
  if (::statvfs(directory.c_str(), &system) == 0) {
    const std::size_t all = std::size_t{system.f_blocks} * system.f_frsize;
    size_ = std::min(all / 4, kMost);
  }
}

std::size_t DiskReserve::share() const {
  return size_ == 0 ? std::numeric_limits<std::size_t>::max() : size_ / kShares;
}

bool DiskReserve::make() {
  if (size_ == 0) {
    return true;
  }
  const UniqueFd file(::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!file.valid()) {
    return !is_full(errno);  // what else is wrong with the directory, the database tells
  }
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && status.st_size > 0) {
    return true;
  }
  // Not posix_fallocate, which writes zeros where the file system can't do it.
  const bool reserved = ::fallocate(file.get(), 0, 0, static_cast<off_t>(size_)) == 0;
  const int error = reserved ? 0 : errno;
  if (!reserved) {
    ::unlink(path_.c_str());
  }
  return reserved || !is_full(error);
}

bool DiskReserve::give_up() {
  return ::unlink(path_.c_str()) == 0;
}

}  // namespace kamexec::stored
