// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace kamexec::tool {
namespace {

struct Freed {
  void operator()(char* text) const { std::free(text); }
};

/// Where the file is to be: a link's target, which may not be replaced by a file of the link's
/// name.
Result<std::string> place_of(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? Result<std::string>(path) : system_failure(path, errno);
  }
  std::string place = path;
  if (S_ISLNK(found.st_mode)) {
    const std::unique_ptr<char, Freed> target(::realpath(path.c_str(), nullptr));
    if (!target || ::stat(target.get(), &found) != 0) {
      return system_failure(path, errno);
    }
    place = target.get();
  }
  if (!S_ISREG(found.st_mode)) {
    return failure(path + " is not a file: name another, or leave out --output");
  }
  return place;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

Result<WholeFile> WholeFile::create(const std::string& path) {
  Result<std::string> place = place_of(path);
  if (!place) {
    return tl::unexpected<Error>(std::move(place.error()));
  }
  std::string beside = *place + ".XXXXXX";
  UniqueFd file(::mkostemp(beside.data(), O_CLOEXEC));
  if (!file.valid()) {
    return system_failure(path + " can't be written", errno);
  }
  return WholeFile(std::move(*place), std::move(beside), std::move(file));
}

WholeFile::WholeFile(std::string path, std::string beside, UniqueFd file)
    : path_(std::move(path)), beside_(std::move(beside)), file_(std::move(file)) {}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, {})),
      file_(std::move(other.file_)) {}

WholeFile::~WholeFile() {
  if (!beside_.empty()) {
    ::unlink(beside_.c_str());
  }
}

Result<void> WholeFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return system_failure(path_ + " can't be written", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
  }
  return {};
}

Result<void> WholeFile::finish() {
  if (::fsync(file_.get()) != 0 || std::rename(beside_.c_str(), path_.c_str()) != 0) {
    return system_failure(path_ + " can't be written", errno);
  }
  beside_.clear();
  // The name too: without this it may be gone after a crash of the machine. Not every file system
  // can do that, nor may everyone.
  const UniqueFd directory(::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid() && ::fsync(directory.get()) != 0 && errno == EIO) {
    return system_failure(path_ + " is written, and may be gone after a crash", EIO);
  }
  return {};
}

}  // namespace kamexec::tool
