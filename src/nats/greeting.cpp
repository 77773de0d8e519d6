// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/greeting.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "base/printable.h"
#include "base/unique_fd.h"
#include "process/poll_until.h"

namespace kamexec::nats {
namespace {

constexpr std::size_t kMostLine = 32'768;  // as long as the library takes one
constexpr std::size_t kMostAddresses = 16;

tl::unexpected<Error> failed(const Server& server, const std::string& why) {
  return failure(host_and_port(server) + ": " + why);
}

std::string in_words(int number) {
  return system_error("connect", number).message;
}

Result<std::vector<Address>> look_up(const Server& server) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(server.port);
  const int error = ::getaddrinfo(server.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    return failed(server, std::string("can't look the name up: ") + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* at = found; at != nullptr && addresses.size() < kMostAddresses;
       at = at->ai_next) {
    Address address;
    std::memcpy(&address.bytes, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    addresses.push_back(address);
  }
  // A name with several addresses is a list of servers, too.
  std::minstd_rand random(std::random_device{}());
  std::shuffle(addresses.begin(), addresses.end(), random);
  return addresses;
}

/// Waits until @p fd is ready for @p events; false: not until @p deadline.
bool wait_for(int fd, short events, TimePoint deadline) {
  pollfd waited{fd, events, 0};
  while (Clock::now() < deadline) {
    const Result<int> ready = process::poll_until(&waited, 1, deadline);
    if (ready && *ready > 0) {
      return true;
    }
  }
  return false;
}

Result<UniqueFd> connect_to(const Server& server, const Address& address, TimePoint deadline) {
  UniqueFd socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) {
    return failed(server, in_words(errno));
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) !=
      0) {
    if (errno != EINPROGRESS) {
      return failed(server, in_words(errno));
    }
    if (!wait_for(socket.get(), POLLOUT, deadline)) {
      return failed(server, in_words(ETIMEDOUT));
    }
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      return failed(server, in_words(error == 0 ? errno : error));
    }
  }
  return socket;
}

Result<std::string> read_line(const Server& server, int socket, TimePoint deadline) {
  std::string line;
  std::array<char, 4096> buffer;
  while (line.size() < kMostLine) {
    if (!wait_for(socket, POLLIN, deadline)) {
      return failed(server, "it accepts connections and says nothing");
    }
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      continue;
    }
    if (got <= 0) {
      return failed(server, "it accepts connections and ends them");
    }
    line.append(buffer.data(), static_cast<std::size_t>(got));
    if (const std::size_t end = line.find("\r\n"); end != std::string::npos) {
      line.resize(end);
      return line;
    }
  }
  return failed(server, "what answers isn't a NATS server");
}

Result<Greeting> greet_address(const Server& server, const Address& address, TimePoint deadline) {
  const Result<UniqueFd> socket = connect_to(server, address, deadline);
  if (!socket) {
    return tl::unexpected(socket.error());
  }
  const Result<std::string> line = read_line(server, socket->get(), deadline);
  if (!line) {
    return tl::unexpected(line.error());
  }
  Result<Greeting> greeting = read_greeting(*line);
  if (!greeting) {
    return failed(server, greeting.error().message);
  }
  greeting->address = address;
  return greeting;
}

}  // namespace

std::string Address::host() const {
  std::array<char, NI_MAXHOST> text{};
  const int error = ::getnameinfo(reinterpret_cast<const sockaddr*>(&bytes), size, text.data(),
                                  text.size(), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? std::string(text.data()) : std::string();
}

Result<Greeting> read_greeting(std::string_view line) {
  constexpr std::string_view kInfo = "INFO ";
  if (!line.starts_with(kInfo)) {
    return failure("what answers isn't a NATS server");
  }
  line.remove_prefix(kInfo.size());
  const nlohmann::json info = nlohmann::json::parse(line, nullptr, false);
  if (!info.is_object()) {
    return failure("what answers isn't a NATS server");
  }
  const auto is_set = [&info](const char* name) {
    const auto found = info.find(name);
    return found != info.end() && found->is_boolean() && found->get<bool>();
  };
  Greeting greeting;
  if (const auto found = info.find("version"); found != info.end() && found->is_string()) {
    greeting.version = printable(found->get_ref<const std::string&>(), 60);
  }
  greeting.tls_required = is_set("tls_required");
  greeting.headers = is_set("headers");
  greeting.lame_duck = is_set("ldm");
  return greeting;
}

Result<Greeting> greet(const Server& server, TimePoint deadline) {
  const Result<std::vector<Address>> addresses = look_up(server);
  if (!addresses) {
    return tl::unexpected(addresses.error());
  }
  Result<Greeting> last = failed(server, "the name has no address");
  auto left = static_cast<int>(addresses->size());
  for (const Address& address : *addresses) {
    // Each gets its share of what is left: one that is silent doesn't keep us from the others.
    const TimePoint now = Clock::now();
    last = greet_address(server, address, now + std::max(deadline - now, Clock::duration()) / left);
    if (last) {
      return last;
    }
    --left;
  }
  return last;
}

}  // namespace kamexec::nats
