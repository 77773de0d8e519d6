// SPDX-License-Identifier: GPL-2.0-or-later
// The socket that clients connect to: made here, or got from the service manager or from the daemon
// that this one replaces.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::daemon {

/// Of a socket that is made here.
struct SocketOptions {
  std::string path;
  mode_t mode = 0660;
  std::optional<gid_t> group;  ///< absent: the daemon's
};

/// Non-blocking, close-on-exec.
class Listener {
 public:
  Listener() = default;

  /// Makes the socket at the path. One that no daemon listens on any more gives way, without a
  /// moment at which there is none. The error names the remedy: another daemon listens there, or
  /// what stands there is no socket.
  [[nodiscard]] static Result<Listener> make(const SocketOptions& options);
  /// The one that the service manager has passed: sd_listen_fds(3). Absent: it has passed none.
  /// The error: more than one, or no Unix stream socket that listens. Once a process.
  [[nodiscard]] static Result<std::optional<Listener>> from_service_manager();
  /// @p socket listens already: at @p path, which is ours now; empty: it outlives us.
  [[nodiscard]] static Result<Listener> taken_over(UniqueFd socket, const std::string& path);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool valid() const { return fd_.valid(); }
  /// Whether it goes on without this process: clients that connect wait for the next one.
  [[nodiscard]] bool outlives_us() const { return path_.empty(); }

  /// Takes the path away, where it is still this socket's: who connects from then on is told at
  /// once that nobody is there.
  void take_path_away();
  /// Leaves the path to another daemon, which has the socket too.
  void give_path_away() { path_.clear(); }
  void close() { fd_.reset(); }

 private:
  Listener(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  void note_inode();

  UniqueFd fd_;
  std::string path_;  ///< to be taken away at the end; empty: it isn't ours
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// A connection to the daemon at @p path, non-blocking; absent: nobody listens there. The error: it
/// can't be found out.
[[nodiscard]] Result<std::optional<UniqueFd>> connect_to(const std::string& path);

}  // namespace kamexec::daemon
