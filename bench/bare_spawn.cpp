// SPDX-License-Identifier: GPL-2.0-or-later
// bare_spawn [--capture] [--input FILE] [--environment FILE] PROGRAM [ARGUMENT...]
//
// Reads numbers from standard input, one on a line. For each it makes so many bare calls of PROGRAM
// (a path), one after another, and prints a line: how long they took together, in nanoseconds, and
// how many bytes the last one printed. It stays between two numbers, warm as a server is.
// --environment: NUL-terminated NAME=value, as in /proc/PID/environ; without it the program gets
// none. Exit status 1 if a call failed, 2 for a mistake in what it was told.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "bare_call.h"

namespace kamexec {
namespace {

constexpr long kMostCalls = 1'000'000;

struct Order {
  bool capture = false;
  std::string input;
  std::string environment;
  char** argv = nullptr;
};

bool read_file(const char* path, std::string& into) {
  std::ifstream file(path, std::ios::binary);
  into.assign(std::istreambuf_iterator<char>(file), {});
  return file.good();
}

std::optional<Order> read_order(int count, char** words) {
  Order order;
  int at = 1;
  for (; at < count && std::strncmp(words[at], "--", 2) == 0; ++at) {
    const std::string option = words[at];
    if (option == "--capture") {
      order.capture = true;
      continue;
    }
    std::string* const file = option == "--input"         ? &order.input
                              : option == "--environment" ? &order.environment
                                                          : nullptr;
    if (file == nullptr || ++at >= count || !read_file(words[at], *file))
      return std::nullopt;
  }
  if (at >= count)
    return std::nullopt;
  order.argv = words + at;  // ends with a NULL, as main's does
  return order;
}

/// Pointers to the NUL-terminated entries of @p text (the last may lack its NUL: a string has one).
std::vector<char*> entries_of(std::string& text) {
  std::vector<char*> entries;
  std::size_t at = 0;
  while (at < text.size()) {
    entries.push_back(text.data() + at);
    at += std::strlen(text.data() + at) + 1;
  }
  entries.push_back(nullptr);
  return entries;
}

/// Standard input as a stream that no program inherits; what they do inherit is /dev/null.
std::FILE* take_standard_input() {
  const int kept = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(0);
  if (kept < 0 || ::open("/dev/null", O_RDONLY) != 0)
    return nullptr;
  return ::fdopen(kept, "r");
}

bool measure(const BareCall& call, long calls) {
  std::string output;
  const auto begin = std::chrono::steady_clock::now();
  for (long i = 0; i < calls; ++i) {
    if (const Result<void> made = make_bare_call(call, output); !made) {
      std::fprintf(stderr, "bare_spawn: %s\n", made.error().message.c_str());
      return false;
    }
  }
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
  std::printf("%lld %zu\n", static_cast<long long>(taken.count()), output.size());
  return std::fflush(stdout) == 0;
}

int serve(Order& order) {
  std::FILE* const numbers = take_standard_input();
  if (numbers == nullptr) {
    std::perror("bare_spawn: standard input");
    return 1;
  }
  const std::vector<char*> environment = entries_of(order.environment);
  const BareCall call{order.argv, environment.data(), order.capture, order.input};
  long calls = 0;
  while (std::fscanf(numbers, "%7ld", &calls) == 1) {
    if (calls < 1 || calls > kMostCalls)
      return 2;
    if (!measure(call, calls))
      return 1;
  }
  return 0;  // at exit numbers is closed
}

}  // namespace
}  // namespace kamexec

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<kamexec::Order> order = kamexec::read_order(count, words);
  if (!order) {
    std::fputs(
        "usage: bare_spawn [--capture] [--input FILE] [--environment FILE] PROGRAM "
        "[ARGUMENT...]\n",
        stderr);
    return 2;
  }
  return kamexec::serve(*order);
}
