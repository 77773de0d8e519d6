// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/owned_start.h"

#include <cstring>
#include <utility>

namespace kamexec {
namespace {

std::size_t size_of(const char* text) {
  return text == nullptr ? 0 : std::strlen(text) + 1;
}

std::size_t size_of(char* const* list) {
  std::size_t size = 0;
  for (; list != nullptr && *list != nullptr; ++list) {
    size += size_of(*list);
  }
  return size;
}

/// Copies strings one behind the other.
class Packer {
 public:
  explicit Packer(char* at) : at_(at) {}

  char* add(const char* text) {
    if (text == nullptr) {
      return nullptr;
    }
    const std::size_t size = size_of(text);
    std::memcpy(at_, text, size);
    return std::exchange(at_, at_ + size);
  }
  std::vector<char*> add_list(char* const* list) {
    std::vector<char*> copy;
    for (; list != nullptr && *list != nullptr; ++list) {
      copy.push_back(add(*list));
    }
    copy.push_back(nullptr);
    return copy;
  }
  std::string_view add_bytes(std::string_view bytes) {
    if (!bytes.empty()) {
      std::memcpy(at_, bytes.data(), bytes.size());
    }
    return {std::exchange(at_, at_ + bytes.size()), bytes.size()};
  }

 private:
  char* at_;
};

}  // namespace

OwnedStart::OwnedStart(const ProgramStart& start, std::string_view input)
    : has_argv_(start.argv != nullptr),
      has_environment_(start.environment != nullptr),
      identity_(start.identity == nullptr ? nullptr : std::make_unique<Identity>(*start.identity)),
      limits_(start.limits) {
  const std::size_t size = size_of(start.program) + size_of(start.working_directory) +
                           size_of(start.argv) + size_of(start.environment) + input.size();
  bytes_ = std::make_unique<char[]>(size);
  Packer packer(bytes_.get());
  program_ = packer.add(start.program);
  working_directory_ = packer.add(start.working_directory);
  argv_ = packer.add_list(start.argv);
  environment_ = packer.add_list(start.environment);
  input_ = packer.add_bytes(input);
}

ProgramStart OwnedStart::view() const {
  ProgramStart start;
  start.program = program_;
  start.argv = has_argv_ ? argv_.data() : nullptr;
  start.environment = has_environment_ ? environment_.data() : nullptr;
  start.working_directory = working_directory_;
  start.identity = identity_.get();
  start.limits = limits_;
  return start;
}

}  // namespace kamexec
