// SPDX-License-Identifier: GPL-2.0-or-later
// Which files there are, and their bytes. programs_file.cpp reads the text.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <cerrno>

#include "base/error.h"
#include "base/printable.h"
#include "base/unique_fd.h"
#include "program/programs_file.h"

namespace kamexec::program {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

Result<std::string> bytes_of(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) < 0) {
    return system_failure("can't be read", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return failure("is not an ordinary file");
  }
  // One byte more than may be: it may grow meanwhile.
  std::string bytes(kLargestProgramsFile + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno != EINTR) {
      return system_failure("can't be read", errno);
    }
    if (got == 0) {
      break;
    }
    size += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (size > kLargestProgramsFile) {
    return failure("is larger than " + std::to_string(kLargestProgramsFile) + " bytes");
  }
  bytes.resize(size);
  return bytes;
}

void add_mistake(const std::string& path, const std::string& message, ProgramsFiles& into) {
  into.mistakes.push_back(printable(path, kLongestPath) + ": " + message);
}

void read_file(const std::string& path, Reader reader, ProgramsFiles& into) {
  // Non-blocking: a FIFO without a writer would hold up the server's start.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    return add_mistake(path, system_error("can't be read", errno).message, into);
  }
  const Result<std::string> bytes = bytes_of(file.get());
  if (!bytes) {
    return add_mistake(path, bytes.error().message, into);
  }
  read_programs_text(*bytes, path, reader, into);
}

/// The *.conf in @p directory; none where it is not there.
Result<std::vector<std::string>> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  fs::directory_iterator at(directory, error);
  if (error == std::errc::no_such_file_or_directory) {
    return files;
  }
  while (!error && at != fs::directory_iterator()) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".conf") && !name.starts_with('.')) {
      files.push_back(at->path().string());
    }
    if (files.size() > kMostProgramsFiles) {
      return failure("there are more than " + std::to_string(kMostProgramsFiles) + " files in it");
    }
    at.increment(error);
  }
  if (error) {
    return system_failure("can't be read", error.value());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void read_directory(const std::string& path, Reader reader, ProgramsFiles& into) {
  const std::string main_file = path + "/programs.conf";
  const std::string more = path + "/programs.d";
  Result<std::vector<std::string>> files = files_in(more);
  if (!files) {
    return add_mistake(more, files.error().message, into);
  }
  struct stat status = {};
  if (::lstat(main_file.c_str(), &status) == 0 || errno != ENOENT) {
    files->insert(files->begin(), main_file);
  }
  if (files->empty()) {
    add_mistake(path, "there is neither programs.conf nor programs.d/*.conf in it", into);
  }
  for (const std::string& file : *files) {
    if (into.mistakes.size() < kMostMistakes) {
      read_file(file, reader, into);
    }
  }
}

}  // namespace

void read_programs_path(const std::string& path, Reader reader, ProgramsFiles& into) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    read_directory(path, reader, into);
  } else {
    read_file(path, reader, into);
  }
}

}  // namespace kamexec::program
