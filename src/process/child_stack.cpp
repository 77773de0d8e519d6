// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/child_stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace kamexec {
namespace {

constexpr std::size_t kUsableSize = 64 * 1024;

class ChildStack {
 public:
  ChildStack() = default;
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() {
    if (base_ != nullptr) {
      ::munmap(base_, size_);
    }
  }

  Result<char*> top() {
    if (base_ == nullptr) {
      const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
      const std::size_t size = kUsableSize + page;
      void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
      if (base == MAP_FAILED) {
        return system_failure("a stack for the child", errno);
      }
      if (::mprotect(base, page, PROT_NONE) < 0) {
        const int error = errno;
        ::munmap(base, size);
        return system_failure("a stack for the child", error);
      }
      base_ = static_cast<char*>(base);
      size_ = size;
    }
    return base_ + size_;
  }

 private:
  char* base_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

Result<char*> child_stack_top() {
  thread_local ChildStack stack;
  return stack.top();
}

}  // namespace kamexec
