// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_hello.h"

#include "pool/words.h"

namespace kamexec::pool {
namespace {

constexpr std::uint32_t kHighestNumber = 1'000'000;

/// The member that a capability's name stands for.
bool* member(Wants& wants, std::string_view name) {
  if (name == "uri") {
    return &wants.uri;
  }
  if (name == "env") {
    return &wants.environment;
  }
  if (name == "message") {
    return &wants.message;
  }
  return nullptr;
}

}  // namespace

std::string_view server_hello() {
  return "hello 1 uri env message\n";
}

Result<WorkerHello> read_worker_hello(std::string_view line) {
  std::string_view rest = line;
  if (take_word(rest) != "hello") {
    return failure("the worker's first line is not a hello but " + quoted_start(line));
  }
  const std::string_view version_word = take_word(rest);
  const auto version = read_number(version_word, kHighestNumber);
  if (!version || *version == 0) {
    return failure("the worker's hello has no version: " + quoted_start(line));
  }
  if (*version > kWorkerProtocolVersion) {
    return failure("the worker speaks version " + std::string(version_word) +
                   " of the protocol, which is newer than the server's");
  }

  WorkerHello hello{*version, {}};
  while (!rest.empty()) {
    const std::string_view name = take_word(rest);
    bool* wanted = member(hello.wants, name);
    if (wanted == nullptr) {
      return failure("the worker asks for " + quoted_start(name) + ", which was not offered");
    }
    *wanted = true;
  }
  return hello;
}

}  // namespace kamexec::pool
