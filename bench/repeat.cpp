// SPDX-License-Identifier: GPL-2.0-or-later
#include "repeat.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace kamexec {
namespace {

constexpr long kMostCalls = 1'000'000;

std::FILE* take_standard_input() {
  const int kept = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(0);
  if (kept < 0 || ::open("/dev/null", O_RDONLY) != 0) {
    return nullptr;
  }
  return ::fdopen(kept, "r");
}

Result<void> measure(const std::function<Result<std::size_t>()>& call, long calls) {
  std::size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (long i = 0; i < calls; ++i) {
    const Result<std::size_t> made = call();
    if (!made) {
      return tl::unexpected(made.error());
    }
    bytes = *made;
  }
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
  std::printf("%lld %zu\n", static_cast<long long>(taken.count()), bytes);
  if (std::fflush(stdout) != 0) {
    return failure("standard output is closed");
  }
  return {};
}

}  // namespace

int repeat_as_told(const char* program, const std::function<Result<std::size_t>()>& call) {
  std::FILE* const numbers = take_standard_input();
  if (numbers == nullptr) {
    std::perror("standard input");
    return 1;
  }
  long calls = 0;
  while (std::fscanf(numbers, "%7ld", &calls) == 1) {
    if (calls < 1 || calls > kMostCalls) {
      return 2;
    }
    if (const Result<void> made = measure(call, calls); !made) {
      std::fprintf(stderr, "%s: %s\n", program, made.error().message.c_str());
      return 1;
    }
  }
  return 0;  // at exit numbers is closed
}

}  // namespace kamexec
