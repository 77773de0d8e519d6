// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kamexec::daemon {
namespace {

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return failure("the socket's path \"" + path + "\" must have 1 to " +
                   std::to_string(sizeof address.sun_path - 1) +
                   " bytes: choose another (--socket)");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Whether a new socket may take the place of what is at @p path.
Result<void> check_place(const std::string& path) {
  struct stat there = {};
  if (::lstat(path.c_str(), &there) < 0) {
    return errno == ENOENT ? Result<void>() : system_failure("the socket " + path, errno);
  }
  if (!S_ISSOCK(there.st_mode)) {
    return failure(path +
                   " is there and is no socket: remove it, or choose another path (--socket)");
  }
  const Result<std::optional<UniqueFd>> live = connect_to(path);
  if (!live) {
    return tl::unexpected<Error>(live.error());
  }
  if (*live) {
    return failure("a daemon listens on " + path +
                   " already: stop it, take its place with --replace, or choose another path "
                   "(--socket)");
  }
  return {};
}

/// A socket that listens at @p path, where nothing is yet, with the mode and the group from its
/// first moment on.
Result<UniqueFd> listen_at(const std::string& path, const SocketOptions& options) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) {
    return tl::unexpected<Error>(address.error());
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return system_failure("a socket", errno);
  }
  ::unlink(path.c_str());
  const mode_t mask = ::umask(0777);
  const int bound = ::bind(fd.get(), generic(*address), sizeof *address);
  const int error = errno;
  ::umask(mask);
  if (bound < 0) {
    return system_failure("can't make the socket " + options.path +
                              (error == ENOENT ? " (make its directory first)" : ""),
                          error);
  }
  if (options.group && ::chown(path.c_str(), static_cast<uid_t>(-1), *options.group) < 0) {
    const int failed = errno;
    ::unlink(path.c_str());
    return system_failure("can't give the socket " + options.path + " to the group " +
                              std::to_string(*options.group) + " (socket_group)",
                          failed);
  }
  if (::chmod(path.c_str(), options.mode) < 0 || ::listen(fd.get(), SOMAXCONN) < 0) {
    const int failed = errno;
    ::unlink(path.c_str());
    return system_failure("the socket " + options.path, failed);
  }
  return fd;
}

}  // namespace

Result<std::optional<UniqueFd>> connect_to(const std::string& path) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) {
    return tl::unexpected<Error>(address.error());
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return system_failure("a socket", errno);
  }
  if (::connect(fd.get(), generic(*address), sizeof *address) == 0) {
    return std::optional<UniqueFd>(std::move(fd));
  }
  switch (errno) {
    case ENOENT:
    case ECONNREFUSED:
      return std::optional<UniqueFd>();
    case EAGAIN:
      return failure("a daemon listens on " + path + " and takes no connection: is it hung?");
    default:
      return system_failure("can't connect to " + path, errno);
  }
}

Result<Listener> Listener::make(const SocketOptions& options) {
  if (Result<void> free = check_place(options.path); !free) {
    return tl::unexpected<Error>(std::move(free.error()));
  }
  const std::string first = options.path + "." + std::to_string(::getpid());
  Result<UniqueFd> fd = listen_at(first, options);
  if (!fd) {
    return tl::unexpected<Error>(std::move(fd.error()));
  }
  if (std::rename(first.c_str(), options.path.c_str()) < 0) {
    const int error = errno;
    ::unlink(first.c_str());
    return system_failure("can't make the socket " + options.path, error);
  }
  Listener made(std::move(*fd), options.path);
  made.note_inode();
  return made;
}

Result<std::optional<Listener>> Listener::from_service_manager() {
  const int count = ::sd_listen_fds(1);
  if (count < 0) {
    return system_failure("LISTEN_FDS", -count);
  }
  if (count == 0) {
    return std::optional<Listener>();
  }
  if (count > 1) {
    return failure("LISTEN_FDS passes " + std::to_string(count) +
                   " sockets: there is use for one alone");
  }
  UniqueFd fd(SD_LISTEN_FDS_START);
  if (::sd_is_socket_unix(fd.get(), SOCK_STREAM, 1, nullptr, 0) <= 0) {
    return failure(
        "LISTEN_FDS passes what is no listening Unix stream socket: see ListenStream in "
        "the socket unit");
  }
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) < 0) {
    return system_failure("the socket of LISTEN_FDS", errno);
  }
  return std::optional<Listener>(Listener(std::move(fd), {}));
}

Result<Listener> Listener::taken_over(UniqueFd socket, const std::string& path) {
  if (::sd_is_socket_unix(socket.get(), SOCK_STREAM, 1, nullptr, 0) <= 0) {
    return failure("what was handed over is no listening socket");
  }
  Listener made(std::move(socket), path);
  made.note_inode();
  return made;
}

void Listener::note_inode() {
  struct stat there = {};
  if (::lstat(path_.c_str(), &there) == 0) {
    device_ = there.st_dev;
    inode_ = there.st_ino;
  }
}

void Listener::take_path_away() {
  struct stat there = {};
  if (!path_.empty() && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ &&
      there.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

}  // namespace kamexec::daemon
