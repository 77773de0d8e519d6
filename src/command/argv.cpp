// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/argv.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace kamexec::command {
namespace {

/// What execve(2) allows for arguments and environment together is a quarter of the stack's limit,
/// but at most and at least:
constexpr std::size_t kMost = 6 << 20;
constexpr std::size_t kLeast = 128 << 10;

/// Half of that. The other half is the environment's.
std::size_t argument_room() {
  rlimit stack = {};
  std::size_t all = kMost;
  if (::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY) {
    all = std::clamp(static_cast<std::size_t>(stack.rlim_cur / 4), kLeast, kMost);
  }
  return all / 2;
}

/// @p size without the NUL at the end.
tl::unexpected<Error> too_long(const std::string& what, std::size_t size) {
  return failure(what + " is too long for an argument: " + std::to_string(size) +
                 " bytes, and the kernel takes " + std::to_string(longest_argument() - 1) +
                 "; pass it on standard input (exec_run)");
}

Result<void> check(std::span<const std::string_view> values) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].find('\0') != std::string_view::npos) {
      return failure("value " + std::to_string(i + 1) +
                     " contains a NUL byte, which an argument cannot contain");
    }
    if (values[i].size() >= longest_argument()) {
      return too_long("value " + std::to_string(i + 1), values[i].size());
    }
    sum += values[i].size() + 1 + sizeof(char*);
  }
  // Asked for where it may be too much alone: it costs a system call.
  if (sum > kLeast / 2 && sum > argument_room()) {
    return failure("the values are too long for arguments: " + std::to_string(sum) +
                   " bytes together, and the kernel takes " + std::to_string(argument_room()));
  }
  return {};
}

}  // namespace

std::size_t longest_argument() {
  return 32 * static_cast<std::size_t>(std::max(::sysconf(_SC_PAGESIZE), 4096L));
}

Result<void> Argv::fill(const PreparedCommand& command, std::span<const std::string_view> values) {
  bytes_.clear();
  offsets_.clear();
  pointers_.clear();
  if (values.size() != command.value_count) {
    return failure("the command takes " + std::to_string(command.value_count) + " values, not " +
                   std::to_string(values.size()));
  }
  if (Result<void> checked = check(values); !checked) {
    return checked;
  }
  const auto add = [this](auto... pieces) {
    offsets_.push_back(bytes_.size());
    ((bytes_ += pieces), ...);
    bytes_ += '\0';
  };
  if (command.needs_shell()) {
    program_ = "/bin/sh";
    add("sh");
    add("-c");
    add(std::string_view(command.shell_text));
    add("exec");
    for (const std::string_view value : values) {
      add(value);
    }
  } else {
    program_ = command.program;
    for (const Word& word : command.words) {
      offsets_.push_back(bytes_.size());
      for (const WordPiece& piece : word) {
        bytes_ += piece.value == WordPiece::kFixed ? std::string_view(piece.text)
                                                   : values[static_cast<std::size_t>(piece.value)];
      }
      bytes_ += '\0';
    }
  }
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const std::size_t end = i + 1 < offsets_.size() ? offsets_[i + 1] : bytes_.size();
    const std::size_t size = end - offsets_[i] - 1;
    if (size >= longest_argument()) {
      pointers_.clear();
      return too_long(command.needs_shell() ? "the command" : "word " + std::to_string(i + 1),
                      size);
    }
    pointers_.push_back(bytes_.data() + offsets_[i]);
  }
  pointers_.push_back(nullptr);
  return {};
}

}  // namespace kamexec::command
