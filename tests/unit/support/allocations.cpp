// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "support/sanitized.h"

namespace kamexec::test {
namespace {

std::atomic<std::size_t> ever{0};
std::atomic<std::size_t> live_bytes{0};
std::atomic<std::size_t> still_good{0};
std::atomic<std::size_t> still_bad{0};
std::atomic<std::size_t> failed{0};

}  // namespace

Allocations allocations() {
  return {ever, live_bytes};
}

void fail_allocations(std::size_t good, std::size_t bad) {
  failed = 0;
  still_good = good;
  still_bad = bad;
}

std::size_t stop_failing() {
  still_bad = 0;
  return failed;
}

[[maybe_unused]] static bool has_to_fail() {
  if (still_bad == 0) {
    return false;
  }
  if (still_good > 0) {
    --still_good;
    return false;
  }
  --still_bad;
  ++failed;
  return true;
}

}  // namespace kamexec::test

#ifndef KAMEXEC_SANITIZED

void* operator new(std::size_t size) {
  void* memory = kamexec::test::has_to_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  ++kamexec::test::ever;
  kamexec::test::live_bytes += ::malloc_usable_size(memory);
  return memory;
}

void operator delete(void* memory) noexcept {
  kamexec::test::live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

#endif
