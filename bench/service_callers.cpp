// SPDX-License-Identifier: GPL-2.0-or-later
// service_callers SOCKET PROGRAM ARGUMENT CALLERS BYTES
//
// CALLERS clients of kamexecd, each with a connection of its own and one call of PROGRAM under way,
// with ARGUMENT, whose variables have BYTES bytes (0: it has none); calls as it is told (repeat.h),
// each over when its answer is there. Exit status 2 for a mistake in what it was told.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "repeat.h"

namespace {

using kamexec::Result;

/// -1 for what is no number.
int number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

std::string variables(int bytes) {
  return bytes > 0 ? "env SIP_HF_FILLER=" + std::string(static_cast<std::size_t>(bytes), 'x') + '\n'
                   : std::string();
}

struct Caller {
  kamexec::UniqueFd socket;
  std::string received;
};

/// docs/service-protocol.md, by hand: what is measured has the calling side of the module left out.
class Callers {
 public:
  Callers(std::string_view program, std::string_view argument, int bytes)
      : request_("request a cmd 60000\nprogram " + std::string(program) + "\narg " +
                 std::string(argument) + '\n' + variables(bytes) + "end a\n"),
        ready_(::epoll_create1(EPOLL_CLOEXEC)) {}

  Result<void> connect(const char* path, int count) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (std::strlen(path) >= sizeof address.sun_path) {
      return kamexec::failure("the socket's path is too long");
    }
    std::strcpy(address.sun_path, path);  // NOLINT: it fits
    for (int i = 0; i < count; ++i) {
      Caller made{kamexec::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
      if (::connect(made.socket.get(), reinterpret_cast<const sockaddr*>(&address),
                    sizeof address) != 0) {
        return kamexec::failure(std::string("can't connect: ") + std::strerror(errno));
      }
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = static_cast<std::uint32_t>(i);
      ::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, made.socket.get(), &event);
      callers_.push_back(std::move(made));
      if (Result<void> greeted = greet(callers_.back()); !greeted) {
        return greeted;
      }
    }
    for (Caller& caller : callers_) {
      if (Result<void> sent = send(caller, request_); !sent) {
        return sent;
      }
    }
    return {};
  }

  /// Waits for an answer, and makes that caller's next call.
  Result<std::size_t> next_answer() {
    while (true) {
      if (at_ == got_) {
        at_ = 0;
        got_ = ::epoll_wait(ready_.get(), events_, kEvents, -1);
        if (got_ < 0) {
          got_ = 0;
          continue;
        }
      }
      Caller& caller = callers_[events_[at_++].data.u32];
      if (Result<void> read = receive(caller); !read) {
        return tl::unexpected(read.error());
      }
      if (!caller.received.ends_with("end a\n")) {
        continue;
      }
      if (!caller.received.starts_with("reply a 0\n")) {
        return kamexec::failure("the daemon said " + caller.received);
      }
      const std::size_t size = caller.received.size();
      caller.received.clear();
      if (Result<void> sent = send(caller, request_); !sent) {
        return tl::unexpected(sent.error());
      }
      return size;
    }
  }

 private:
  static constexpr int kEvents = 64;

  Result<void> greet(Caller& caller) {
    if (Result<void> sent = send(caller, "hello 2\n"); !sent) {
      return sent;
    }
    while (!caller.received.ends_with("ready\n")) {
      if (Result<void> read = receive(caller); !read) {
        return read;
      }
    }
    caller.received.clear();
    return {};
  }

  static Result<void> send(const Caller& caller, std::string_view what) {
    const ssize_t sent = ::send(caller.socket.get(), what.data(), what.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(what.size())) {
      return kamexec::failure(std::string("can't send: ") + std::strerror(errno));
    }
    return {};
  }

  static Result<void> receive(Caller& caller) {
    char bytes[4096];
    const ssize_t got = ::recv(caller.socket.get(), bytes, sizeof bytes, 0);
    if (got <= 0) {
      return kamexec::failure("the daemon has closed the connection");
    }
    caller.received.append(bytes, static_cast<std::size_t>(got));
    return {};
  }

  std::string request_;
  kamexec::UniqueFd ready_;
  std::vector<Caller> callers_;
  epoll_event events_[kEvents]{};
  int at_ = 0;
  int got_ = 0;
};

}  // namespace

int main(int count, char** words) {
  const int callers = count == 6 ? number(words[4]) : 0;
  const int bytes = count == 6 ? number(words[5]) : -1;
  if (callers < 1 || bytes < 0) {
    std::fputs("usage: service_callers SOCKET PROGRAM ARGUMENT CALLERS BYTES\n", stderr);
    return 2;
  }
  Callers all(words[2], words[3], bytes);
  if (const Result<void> connected = all.connect(words[1], callers); !connected) {
    std::fprintf(stderr, "service_callers: %s\n", connected.error().message.c_str());
    return 1;
  }
  return kamexec::repeat_as_told("service_callers", [&] { return all.next_answer(); });
}
