// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/filter_code.h"

#include <linux/seccomp.h>

#include <bit>

namespace kamexec::process {
namespace {

/// Of a jump with a condition, whose distances have 8 bits; one less, because a jump that is
/// written for one side is in the way of the other.
constexpr std::size_t kFarthest = 254;
constexpr std::uint32_t kAllBits = ~std::uint32_t{0};
constexpr unsigned kWordBits = 32;
constexpr std::size_t kWord = sizeof(std::uint32_t);

std::size_t field_of(unsigned argument) {
  return offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t);
}
std::size_t lower_half(unsigned argument) {
  return field_of(argument) + (std::endian::native == std::endian::big ? kWord : 0);
}
std::size_t upper_half(unsigned argument) {
  return field_of(argument) + (std::endian::native == std::endian::big ? 0 : kWord);
}

}  // namespace

FilterCode::Place FilterCode::write(const sock_filter& instruction) {
  backwards_.push_back(instruction);
  return backwards_.size();
}

FilterCode::Place FilterCode::go(Place place) {
  return write({BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(distance(place))});
}

FilterCode::Place FilterCode::answer(std::uint32_t verdict) {
  const auto found = answers_.find(verdict);
  if (found != answers_.end()) {
    return found->second;
  }
  return answers_[verdict] = write({BPF_RET | BPF_K, 0, 0, verdict});
}

FilterCode::Place FilterCode::add(int code, std::uint32_t value, Place next) {
  if (distance(next) > 0) {
    go(next);
  }
  return write({static_cast<std::uint16_t>(code), 0, 0, value});
}

FilterCode::Place FilterCode::load(std::size_t field, Place next) {
  return add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(field), next);
}

FilterCode::Place FilterCode::jump(std::uint16_t code, std::uint32_t value, Place if_true,
                                   Place if_false) {
  if (distance(if_true) > kFarthest) {
    if_true = go(if_true);
  }
  if (distance(if_false) > kFarthest) {
    if_false = go(if_false);
  }
  return write({code, static_cast<std::uint8_t>(distance(if_true)),
                static_cast<std::uint8_t>(distance(if_false)), value});
}

FilterCode::Place FilterCode::branch(Test test, std::uint32_t value, Place if_true,
                                     Place if_false) {
  return jump(static_cast<std::uint16_t>(BPF_JMP | BPF_K | static_cast<int>(test)), value, if_true,
              if_false);
}

FilterCode::Place FilterCode::branch_on_index(Test test, Place if_true, Place if_false) {
  return jump(static_cast<std::uint16_t>(BPF_JMP | BPF_X | static_cast<int>(test)), 0, if_true,
              if_false);
}

FilterCode::Place FilterCode::if_equal(unsigned argument, std::uint64_t value, Place if_true,
                                       Place if_false) {
  const Place lower =
      if_masked(argument, kAllBits, static_cast<std::uint32_t>(value), if_true, if_false);
  return load(upper_half(argument),
              branch(Test::equal, static_cast<std::uint32_t>(value >> kWordBits), lower, if_false));
}

FilterCode::Place FilterCode::if_masked(unsigned argument, std::uint32_t mask, std::uint32_t value,
                                        Place if_true, Place if_false) {
  Place test = branch(Test::equal, value, if_true, if_false);
  if (mask != kAllBits) {
    test = add(BPF_ALU | BPF_AND | BPF_K, mask, test);
  }
  return load(lower_half(argument), test);
}

FilterCode::Place FilterCode::if_any(unsigned argument, std::uint32_t mask, Place if_true,
                                     Place if_false) {
  return load(lower_half(argument), branch(Test::any_bit, mask, if_true, if_false));
}

std::vector<sock_filter> FilterCode::take() && {
  return {backwards_.rbegin(), backwards_.rend()};
}

}  // namespace kamexec::process
