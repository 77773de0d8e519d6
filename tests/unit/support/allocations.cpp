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

}  // namespace

Allocations allocations() {
  return {ever, live_bytes};
}

}  // namespace kamexec::test

#ifndef KAMEXEC_SANITIZED

void* operator new(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr)
    throw std::bad_alloc();
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
