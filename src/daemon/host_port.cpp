// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/host_port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "program/program_definition.h"

namespace kamexec::daemon {
namespace {

constexpr std::size_t kLongestHost = 253;  // RFC 1035

}  // namespace

bool is_address(std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(),
                       bytes.data()) == 1;
  }
  return ::inet_pton(AF_INET, std::string(host).c_str(), bytes.data()) == 1;
}

bool is_host(std::string_view host) {
  const bool is_name = !host.empty() && host.size() <= kLongestHost && host.front() != '.' &&
                       std::all_of(host.begin(), host.end(), [](char c) {
                         return c == '.' || program::is_program_name_byte(c);
                       });
  return is_name || is_address(host);
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && at == text.data() + text.size() && port > 0;
}

}  // namespace kamexec::daemon
