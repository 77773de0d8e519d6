// SPDX-License-Identifier: GPL-2.0-or-later
// bare_spawn [--capture] [--input FILE] [--environment FILE] PROGRAM [ARGUMENT...]
//
// Makes bare calls of PROGRAM (a path), as many as it is told (repeat.h), and says how many bytes
// the last one printed.
// --environment: NUL-terminated NAME=value, as in /proc/PID/environ; without it the program gets
// none. Exit status 2 for a mistake in what it was told.

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "bare/bare_call.h"
#include "repeat.h"

namespace kamexec {
namespace {

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
    if (file == nullptr || ++at >= count || !read_file(words[at], *file)) {
      return std::nullopt;
    }
  }
  if (at >= count) {
    return std::nullopt;
  }
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

int serve(Order& order) {
  const std::vector<char*> environment = entries_of(order.environment);
  const bare::BareCall call{order.argv, environment.data(), order.capture, order.input};
  std::string output;
  return repeat_as_told("bare_spawn", [&]() -> Result<std::size_t> {
    if (const Result<void> made = bare::make_bare_call(call, output); !made) {
      return tl::unexpected(made.error());
    }
    return output.size();
  });
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
