// SPDX-License-Identifier: GPL-2.0-or-later
// bare_spawn [--capture] [--input FILE] [--environment FILE] CALLS PROGRAM [ARGUMENT...]
//
// Makes CALLS bare calls of PROGRAM (a path), one after another, and prints two lines: how long
// they took together, in nanoseconds, and what the last one printed. --environment: NUL-terminated
// NAME=value, as in /proc/PID/environ; without it the program gets none. Exit status 1 if one
// failed.

#include <charconv>
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

struct Order {
  bool capture = false;
  std::string input;
  std::string environment;
  long calls = 0;
  char** argv = nullptr;
};

bool read_file(const char* path, std::string& into) {
  std::ifstream file(path, std::ios::binary);
  into.assign(std::istreambuf_iterator<char>(file), {});
  return file.good() || file.eof();
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
  if (count - at < 2)
    return std::nullopt;
  const char* const number_end = words[at] + std::strlen(words[at]);
  const auto read = std::from_chars(words[at], number_end, order.calls);
  if (read.ec != std::errc() || read.ptr != number_end || order.calls < 1)
    return std::nullopt;
  order.argv = words + at + 1;  // ends with a NULL, as main's does
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

int measure(Order& order) {
  const std::vector<char*> environment = entries_of(order.environment);
  const BareCall call{order.argv, environment.data(), order.capture, order.input};
  std::string output;
  const auto begin = std::chrono::steady_clock::now();
  for (long i = 0; i < order.calls; ++i) {
    if (const Result<void> made = make_bare_call(call, output); !made) {
      std::fprintf(stderr, "bare_spawn: %s\n", made.error().message.c_str());
      return 1;
    }
  }
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
  std::printf("%lld\n%s", static_cast<long long>(taken.count()), output.c_str());
  return 0;
}

}  // namespace
}  // namespace kamexec

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<kamexec::Order> order = kamexec::read_order(count, words);
  if (!order) {
    std::fputs(
        "usage: bare_spawn [--capture] [--input FILE] [--environment FILE] CALLS PROGRAM "
        "[ARGUMENT...]\n",
        stderr);
    return 2;
  }
  return kamexec::measure(*order);
}
