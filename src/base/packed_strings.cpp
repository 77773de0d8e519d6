// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/packed_strings.h"

#include <cstring>
#include <utility>

namespace kamexec {
namespace {

std::size_t count_of(char* const* texts) {
  std::size_t count = 0;
  while (texts != nullptr && texts[count] != nullptr) {
    ++count;
  }
  return count;
}

}  // namespace

std::size_t packed_size(std::span<const std::string_view> texts) {
  std::size_t size = sizeof(std::size_t);
  for (const std::string_view text : texts) {
    size += packed_size(text);
  }
  return size;
}

std::size_t packed_size(char* const* texts) {
  std::size_t size = sizeof(std::size_t);
  for (; texts != nullptr && *texts != nullptr; ++texts) {
    size += packed_size(std::string_view(*texts));
  }
  return size;
}

char* StringPacker::add(std::string_view text) {
  add_number(text.size());
  if (!text.empty()) {
    std::memcpy(at_, text.data(), text.size());
  }
  at_[text.size()] = '\0';
  return std::exchange(at_, at_ + text.size() + 1);
}

std::vector<std::string_view> StringPacker::add(std::span<const std::string_view> texts) {
  std::vector<std::string_view> copies;
  copies.reserve(texts.size());
  add_number(texts.size());
  for (const std::string_view text : texts) {
    copies.emplace_back(add(text), text.size());
  }
  return copies;
}

std::vector<char*> StringPacker::add(char* const* texts) {
  const std::size_t count = count_of(texts);
  std::vector<char*> copies;
  copies.reserve(count + 1);
  add_number(count);
  for (std::size_t i = 0; i < count; ++i) {
    copies.push_back(add(std::string_view(texts[i])));
  }
  copies.push_back(nullptr);
  return copies;
}

void StringPacker::add_number(std::size_t number) {
  std::memcpy(at_, &number, sizeof number);
  at_ += sizeof number;
}

std::string_view StringUnpacker::text() {
  const std::size_t size = number();
  return {std::exchange(at_, at_ + size + 1), size};
}

std::vector<std::string_view> StringUnpacker::list() {
  std::vector<std::string_view> texts(number());
  for (std::string_view& one : texts) {
    one = text();
  }
  return texts;
}

std::size_t StringUnpacker::number() {
  std::size_t value = 0;
  std::memcpy(&value, at_, sizeof value);
  at_ += sizeof value;
  return value;
}

}  // namespace kamexec
