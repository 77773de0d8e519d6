// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/database_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <optional>
#include <system_error>

namespace kamexec::stored {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + (slash == 0 ? 1 : 0));
}

std::string disk_is_full(const std::string& path) {
  return "the file system of " + directory_of(path) + " is full: free space there";
}

constexpr std::string_view kOutOfMemory =
    "out of memory: give kamexecd more (MemoryMax= of the service), or free some of the machine's";

std::string rescue(const std::string& path) {
  return "end kamexecd and move it, with " + path +
         "-wal, to another directory; the next start makes a new one, and the script rescue "
         "of kamexec's examples takes out of the old one what can be read";
}

/// What a number of the system means and what helps, where that is the same for all that was tried.
std::optional<std::string> number_in_words(const std::string& path, int number) {
  switch (number) {
    case ENOSPC:
      return disk_is_full(path);
    case EDQUOT:
      return "the quota of the file system of " + directory_of(path) +
             " is used up: raise it, or free space there";
    case EFBIG:
      return "it may not become larger: raise the limit of files' sizes (LimitFSIZE= of the "
             "service, ulimit -f)";
    case EROFS:
      return "the file system of " + directory_of(path) + " is read-only: mount it for writing";
    case EMFILE:
      return "kamexecd has as many files open as it may: raise that limit (LimitNOFILE= of the "
             "service, ulimit -n)";
    case ENFILE:
      return "the system has as many files open as it may: raise fs.file-max (sysctl)";
    case ELOOP:
      return "a symbolic link stands there: remove it";
    case ENOMEM:
      return std::string(kOutOfMemory);
    default:
      return std::nullopt;
  }
}

/// What the system says of reading and writing.
std::string io_in_words(const std::string& path, int code, int number) {
  if (code == SQLITE_IOERR_NOMEM) {
    return std::string(kOutOfMemory);
  }
  if (std::optional<std::string> words = number_in_words(path, number)) {
    return *std::move(words);
  }
  if (code == SQLITE_IOERR_SHORT_READ) {
    return "it is cut off: " + rescue(path);
  }
  return (number != 0 ? std::generic_category().message(number)
                      : std::string(sqlite3_errstr(code))) +
         ": look at the disk, and at what the kernel says of it (dmesg)";
}

std::string rights_in_words(const std::string& path) {
  return "it and " + directory_of(path) +
         " must be writable for the user that kamexecd runs as: change their owner or mode, or "
         "mount the file system for writing";
}

/// ENOENT comes from SQLite's looks at what stands beside the file.
std::string opening_in_words(const std::string& path, int number) {
  if (std::optional<std::string> words = number_in_words(path, number)) {
    return *std::move(words);
  }
  return (number != 0 && number != ENOENT ? std::generic_category().message(number) + ": "
                                          : std::string()) +
         rights_in_words(path);
}

}  // namespace

Error database_error(std::string_view doing, const std::string& path, int code, int number) {
  std::string why;
  int errno_of = 0;
  switch (code & 0xff) {
    case SQLITE_FULL:
      why = disk_is_full(path);
      errno_of = ENOSPC;
      break;
    case SQLITE_IOERR:
      why = io_in_words(path, code, number);
      errno_of = number != 0 ? number : EIO;
      break;
    case SQLITE_CORRUPT:
      why = "it is damaged: " + rescue(path);
      errno_of = EBADMSG;
      break;
    case SQLITE_NOTADB:
      why = "it is no database, or its beginning is damaged: " + rescue(path);
      errno_of = EBADMSG;
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      why = rights_in_words(path);
      errno_of = EACCES;
      break;
    case SQLITE_CANTOPEN:
      why = opening_in_words(path, number);
      errno_of = number != 0 ? number : EACCES;
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      why = "another process has locked it: end what has it open besides kamexecd (fuser -v " +
            path + " shows that)";
      errno_of = EBUSY;
      break;
    case SQLITE_NOMEM:
      why = kOutOfMemory;
      errno_of = ENOMEM;
      break;
    default:
      why = std::string(sqlite3_errstr(code)) +
            ": restart kamexecd, and report it if that comes again";
      errno_of = number;
      break;
  }
  return Error{"can't " + std::string(doing) + " " + path + ": " + why, errno_of};
}

Error file_error(std::string_view doing, const std::string& path, int number) {
  return Error{"can't " + std::string(doing) + " " + path + ": " + opening_in_words(path, number),
               number};
}

Error damaged(const std::string& path, std::string_view what) {
  return Error{"can't use " + path + ": it is damaged (" + std::string(what) + "): " + rescue(path),
               EBADMSG};
}

}  // namespace kamexec::stored
