// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/request_id.h"

#include <sys/random.h>
#include <unistd.h>

#include <ctime>

namespace kamexec {
namespace {

/// Where the kernel has no randomness to give, time and process number still tell pools apart.
std::uint64_t random_start() {
  std::uint64_t start = 0;
  if (::getrandom(&start, sizeof start, GRND_NONBLOCK) == sizeof start)
    return start;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_nsec) << 32 ^ static_cast<std::uint64_t>(::getpid());
}

}  // namespace

RequestId::RequestId(std::uint64_t number) {
  for (char& digit : digits_) {
    digit = "0123456789abcdef"[number >> 60];
    number <<= 4;
  }
}

RequestIds::RequestIds() : state_(random_start()) {}

/// SplitMix64 (Steele, Lea, Flood, 2014): one to one, so that none comes twice.
RequestId RequestIds::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return RequestId(mixed ^ (mixed >> 31));
}

}  // namespace kamexec
