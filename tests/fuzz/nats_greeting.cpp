// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as the line with which a NATS server greets, as what it says when it doesn't permit
// something, and as the URL of one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nats/greeting.h"
#include "nats/refusal.h"
#include "nats/server.h"

namespace kamexec::nats {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check(std::string_view bytes) {
  if (const Result<Greeting> read = read_greeting(bytes)) {
    require(bytes.starts_with("INFO "));
    require(read->version.size() <= 60 && is_printable(read->version));
  } else {
    require(!read.error().message.empty() && is_printable(read.error().message));
  }
  const Refusal refusal = read_refusal(bytes);
  require(refusal.publishes || refusal.subject.empty());
  require(refusal.subject.empty() || bytes.find(refusal.subject) != std::string_view::npos);
  if (const Result<Server> server = read_server(bytes)) {
    require(!server->host.empty() && server->port != 0);
    const Result<Server> again =
        read_server((server->tls ? "tls://" : "nats://") + host_and_port(*server));
    require(again && *again == *server);
  } else {
    require(is_printable(server.error().message));
  }
}

}  // namespace
}  // namespace kamexec::nats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::nats::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
