// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/tls_calls.h"

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "base/signals_blocked.h"

namespace kamexec::nats {
namespace {

constexpr int kHeader = 5;  // RFC 8446, 5.1: type, version, and the length in two bytes

void wait_for_bytes(int fd, int bytes) {
  ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

bool is_at_end(int fd) {
  pollfd end{fd, POLLRDHUP, 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/// What was read in part keeps its memory, all of it (64 KiB and more where segments are large),
/// and the window may be closed for that: then the peer waits for us to read.
bool may_be_full(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof(memory);
  return ::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0 &&
         memory[SK_MEMINFO_RMEM_ALLOC] > memory[SK_MEMINFO_RCVBUF] / 4;
}

/// All calls of the process that are watched: one a thread, as a rule one.
struct Watch {
  struct Call {
    std::thread::id by;
    int fd = -1;
    TimePoint ends{};
  };

  std::mutex mutex;
  std::condition_variable begun;
  std::list<Call> calls;
  bool runs = false;

  [[noreturn]] void run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      // It sleeps as long as there is no call, and looks from time to time while there are many:
      // nobody has to wake it for each.
      begun.wait(lock, [this] { return !calls.empty(); });
      lock.unlock();
      std::this_thread::sleep_for(kLongestCall / 4);
      lock.lock();
      const TimePoint now = Clock::now();
      for (const Call& call : calls) {
        if (now >= call.ends) {
          ::shutdown(call.fd, SHUT_RDWR);
        }
      }
    }
  }
};

// Never destroyed: its thread lives as long as the process.
Watch& watch() {
  static auto* const kKept = new Watch();
  return *kKept;
}

}  // namespace

void prepare_for_records(int fd) {
  const int bytes = 1 << 20;  // the kernel gives what an administrator lets it (net.core.rmem_max)
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

bool has_whole_record(int fd) {
  std::array<unsigned char, kHeader> header{};
  const ssize_t got = ::recv(fd, header.data(), header.size(), MSG_PEEK | MSG_DONTWAIT);
  int needed = kHeader;
  if (got == kHeader) {
    needed += header[3] << 8 | header[4];
    int there = 0;
    if (::ioctl(fd, FIONREAD, &there) == 0 && there >= needed) {
      wait_for_bytes(fd, 1);
      return true;
    }
  }
  if (got == 0 || is_at_end(fd) || (got > 0 && may_be_full(fd))) {
    return true;
  }
  wait_for_bytes(fd, needed);
  return false;
}

bool has_unread(int fd) {
  int there = 0;
  return ::ioctl(fd, FIONREAD, &there) == 0 && there > 0;
}

bool has_room_for(int fd, std::size_t bytes) {
  int unsent = 0;
  int buffer = 0;
  socklen_t size = sizeof(buffer);
  if (::ioctl(fd, SIOCOUTQ, &unsent) != 0 || unsent == 0 ||
      ::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &size) != 0) {
    return true;
  }
  // The kernel counts its own structures, too; each record of 16 KiB gets a head and a sum.
  const std::size_t records = bytes / 16'384 + 1;
  return static_cast<std::size_t>(unsent) + bytes + records * 64 <=
         static_cast<std::size_t>(buffer) / 2;
}

WatchedCall::WatchedCall(int fd) {
  Watch& all = watch();
  bool starts = false;
  {
    const std::lock_guard<std::mutex> guard(all.mutex);
    starts = !all.runs;
    all.runs = true;
    all.calls.push_back(
        Watch::Call{std::this_thread::get_id(), fd, after(Clock::now(), kLongestCall)});
    watched_ = true;
  }
  if (starts) {
    const SignalsBlocked blocked;
    try {
      std::thread([&all] { all.run(); }).detach();
    } catch (const std::system_error&) {
      const std::lock_guard<std::mutex> guard(all.mutex);
      all.runs = false;  // the next one tries again
    }
  }
  all.begun.notify_one();
}

WatchedCall::~WatchedCall() {
  Watch& all = watch();
  const std::lock_guard<std::mutex> guard(all.mutex);
  all.calls.remove_if(
      [](const Watch::Call& call) { return call.by == std::this_thread::get_id(); });
}

}  // namespace kamexec::nats
