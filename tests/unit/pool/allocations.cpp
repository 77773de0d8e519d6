// SPDX-License-Identifier: GPL-2.0-or-later
#include "allocations.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "../process/sanitized.h"

namespace kamexec::test {
namespace {

Allocations counted;  // the tests have one thread

}  // namespace

Allocations allocations() {
  return counted;
}

}  // namespace kamexec::test

#ifndef KAMEXEC_SANITIZED

void* operator new(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr)
    throw std::bad_alloc();
  ++kamexec::test::counted.ever;
  kamexec::test::counted.live_bytes += ::malloc_usable_size(memory);
  return memory;
}

void operator delete(void* memory) noexcept {
  kamexec::test::counted.live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

#endif
