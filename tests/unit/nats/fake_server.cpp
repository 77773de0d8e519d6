// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/signals_blocked.h"

namespace kamexec::nats {

FakeServer::FakeServer(std::string greeting)
    : greeting_(std::move(greeting)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof(one)));
  thread_.join();
}

void FakeServer::run() {
  std::vector<UniqueFd> clients;
  while (true) {
    std::vector<pollfd> waited{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const UniqueFd& client : clients) {
      waited.push_back({client.get(), POLLIN, 0});
    }
    ::poll(waited.data(), waited.size(), -1);
    if (waited[0].revents != 0) {
      return;
    }
    for (std::size_t i = clients.size(); i > 0; --i) {
      std::array<char, 65'536> buffer;
      if (waited[i + 1].revents != 0 &&
          ::recv(clients[i - 1].get(), buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) {
        clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i - 1));
        ++ended_;
      }
    }
    if (waited[1].revents != 0) {
      UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ::send(client.get(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
      clients.push_back(std::move(client));
      ++accepted_;
    }
  }
}

std::string info_line(const std::string& more) {
  return R"(INFO {"server_id":"X","version":"2.9.10","proto":1,"headers":true,)"
         R"("max_payload":1048576)" +
         (more.empty() ? "" : "," + more) + "}\r\n";
}

}  // namespace kamexec::nats
