// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <exception>

#include <cerrno>

#include "base/error.h"
#include "service/client_messages.h"

namespace kamexec::service {
namespace {

/// Reads of one turn, so that a daemon which never ends keeps nobody from looking at the clock.
constexpr int kMostReads = 16;
/// Memory that is kept for the next requests.
constexpr std::size_t kKeptBytes = std::size_t{256} << 10;

/// Above the standard streams: a host that runs without them would have its output sent there.
constexpr int kFirstDescriptor = 3;

Result<UniqueFd> make_socket() {
  UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (made.valid() && made.get() < kFirstDescriptor) {
    made.reset(::fcntl(made.get(), F_DUPFD_CLOEXEC, kFirstDescriptor));
  }
  return made.valid() ? Result<UniqueFd>(std::move(made)) : system_failure("socket", errno);
}

process::Outcome unreachable(const std::string& socket, int error) {
  const std::string what = "the service at " + socket;
  switch (error) {
    case EAGAIN:
      return process::Outcome::refused(what + " has no room for one more connection", error);
    case ENOENT:
    case ECONNREFUSED:
      return process::Outcome::not_started(
          Error{"there is no service at " + socket + ": is kamexecd running there?", error});
    case EACCES:
      return process::Outcome::not_started(
          Error{what + " may not be used by this process: its user has to be in the socket's group",
                error});
    default:
      return process::Outcome::not_started(system_error(what, error));
  }
}

}  // namespace

Connection::Connection(UniqueFd fd, std::uint64_t number, std::size_t reply_limit)
    : fd_(std::move(fd)), number_(number), reader_(reply_limit) {
  static_cast<void>(add(kNobody, [](std::string& to) {
    append_client_hello(to);
    return true;
  }));
}

tl::expected<std::unique_ptr<Connection>, process::Outcome> Connection::open(
    const std::string& socket, std::uint64_t number, std::size_t reply_limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.empty() || socket.size() >= sizeof address.sun_path) {
    return tl::unexpected<process::Outcome>(unreachable(socket, ENAMETOOLONG));
  }
  std::memcpy(address.sun_path, socket.data(), socket.size());
  Result<UniqueFd> fd = make_socket();
  if (!fd) {
    return tl::unexpected<process::Outcome>(process::Outcome::not_started(std::move(fd.error())));
  }
  // A Unix socket connects at once or not at all: there is no EINPROGRESS (unix(7)).
  int connected = -1;
  do {
    connected = ::connect(fd->get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  } while (connected < 0 && errno == EINTR);
  if (connected < 0) {
    return tl::unexpected<process::Outcome>(unreachable(socket, errno));
  }
  // From here on what must not wait says so each time (MSG_DONTWAIT).
  const timeval briefly{0, std::chrono::duration_cast<std::chrono::microseconds>(kBriefly).count()};
  if (::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &briefly, sizeof briefly) < 0 ||
      ::fcntl(fd->get(), F_SETFL, 0) < 0) {
    return tl::unexpected<process::Outcome>(unreachable(socket, errno));
  }
  return std::make_unique<Connection>(std::move(*fd), number, reply_limit);
}

std::optional<std::size_t> Connection::send_some() {
  for (;;) {
    const ssize_t taken = ::send(fd_.get(), out_.data() + written_, out_.size() - written_,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      return static_cast<std::size_t>(taken);
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return 0;
    }
    if (errno != EINTR) {
      errno_ = errno;
      return std::nullopt;
    }
  }
}

/// Forgets what was sent.
void Connection::trim() {
  if (written_ == out_.size()) {
    out_.clear();
    texts_.clear();
    written_ = 0;
    next_ = 0;
    if (out_.capacity() > kKeptBytes) {
      out_ = std::string();
    }
    return;
  }
  const std::size_t begin = next_ > 0 ? texts_[next_ - 1].end : 0;
  if (begin < out_.size() / 2) {
    return;  // so that a byte is moved once or twice, however slowly they go
  }
  out_.erase(0, begin);
  written_ -= begin;
  texts_.erase(texts_.begin(), texts_.begin() + static_cast<std::ptrdiff_t>(next_));
  for (Text& text : texts_) {
    text.end -= begin;
  }
  next_ = 0;
}

bool Connection::withdraw(Key key) {
  std::size_t begin = next_ > 0 ? texts_[next_ - 1].end : 0;
  for (std::size_t i = next_; i < texts_.size(); begin = texts_[i++].end) {
    if (texts_[i].key != key) {
      continue;
    }
    if (begin < written_) {
      texts_[i].key = kNobody;
      return false;
    }
    const std::size_t size = texts_[i].end - begin;
    out_.erase(begin, size);
    texts_.erase(texts_.begin() + static_cast<std::ptrdiff_t>(i));
    for (; i < texts_.size(); ++i) {
      texts_[i].end -= size;
    }
    trim();
    return true;
  }
  return true;
}

Connection::Received Connection::receive(DaemonMessages& to, std::span<char> buffer, Wait wait) {
  for (int reads = 0; reads < kMostReads;) {
    const bool waits = wait == Wait::briefly && reads == 0;
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), waits ? 0 : MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) {
      if (waits) {
        return Received::all;  // the caller looks at the clock
      }
      continue;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return Received::all;
    }
    if (got <= 0) {
      errno_ = got < 0 ? errno : 0;
      return Received::lost;
    }
    ++reads;
    try {
      const Result<void> read =
          reader_.read(std::string_view(buffer.data(), static_cast<std::size_t>(got)), to);
      if (!read) {
        fault(read.error().message);
      }
    } catch (const std::exception&) {
      has_fault_ = out_of_memory_ = true;
    }
    if (has_fault_) {
      return Received::lost;
    }
    if (static_cast<std::size_t>(got) < buffer.size()) {
      return Received::all;
    }
  }
  return Received::more;
}

void Connection::fault(std::string_view why) {
  if (!has_fault_) {
    has_fault_ = true;
    fault_ = why;
  }
}

process::Outcome Connection::lost() const noexcept {
  try {
    if (out_of_memory_) {
      return process::Outcome::short_of_memory(process::Cause::unusable);
    }
    if (has_fault_) {
      return process::Outcome::unusable("the service " + fault_);
    }
    const std::string text = "the connection to the service was lost, after the request was sent";
    return process::Outcome::unusable(errno_ == 0 ? text : system_error(text, errno_).message,
                                      errno_);
  } catch (const std::exception&) {
    return process::Outcome::short_of_memory(process::Cause::unusable);
  }
}

}  // namespace kamexec::service
