// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/stuck_connect.h"

#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

#include "nats/channel.h"

namespace kamexec::nats {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_same(const sockaddr_storage& a, const sockaddr_storage& b) {
  if (a.ss_family != b.ss_family) {
    return false;
  }
  if (a.ss_family == AF_INET) {
    const auto& left = reinterpret_cast<const sockaddr_in&>(a);
    const auto& right = reinterpret_cast<const sockaddr_in&>(b);
    return left.sin_port == right.sin_port && left.sin_addr.s_addr == right.sin_addr.s_addr;
  }
  if (a.ss_family == AF_INET6) {
    const auto& left = reinterpret_cast<const sockaddr_in6&>(a);
    const auto& right = reinterpret_cast<const sockaddr_in6&>(b);
    return left.sin6_port == right.sin6_port &&
           std::memcmp(&left.sin6_addr, &right.sin6_addr, sizeof(left.sin6_addr)) == 0;
  }
  return false;
}

}  // namespace

void cut_unattached(const Address& peer) {
  const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir("/proc/self/fd"));
  if (directory == nullptr) {
    return;
  }
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    int fd = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (error == std::errc() && end == name.data() + name.size() &&
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        is_same(address, peer.bytes) && !is_attached(fd)) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
}

}  // namespace kamexec::nats
