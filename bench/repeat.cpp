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

Result<void> measure(const std::function<Result<std::size_t>(long)>& make, long calls) {
  const auto begin = std::chrono::steady_clock::now();
  const Result<std::size_t> made = make(calls);
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
  if (!made) {
    return tl::unexpected(made.error());
  }
  std::printf("%lld %zu\n", static_cast<long long>(taken.count()), *made);
  if (std::fflush(stdout) != 0) {
    return failure("standard output is closed");
  }
  return {};
}

}  // namespace

int repeat_as_told(const char* program, const std::function<Result<std::size_t>()>& call) {
  return repeat_together_as_told(program, [&](long calls) {
    Result<std::size_t> made = 0;
    for (long i = 0; i < calls && made; ++i) {
      made = call();
    }
    return made;
  });
}

int repeat_together_as_told(const char* program,
                            const std::function<Result<std::size_t>(long)>& make) {
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
    if (const Result<void> made = measure(make, calls); !made) {
      std::fprintf(stderr, "%s: %s\n", program, made.error().message.c_str());
      return 1;
    }
  }
  return 0;  // at exit numbers is closed
}

}  // namespace kamexec
