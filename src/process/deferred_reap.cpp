// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/deferred_reap.h"

#include <mutex>
#include <new>
#include <vector>

namespace kamexec::process {
namespace {

struct List {
  std::mutex mutex;
  std::vector<Child> children;
};

List& list() {
  static List instance;
  return instance;
}

}  // namespace

void reap_later(Child child) noexcept {
  if (reap(child.ref()).state != ChildExit::State::running) {
    return;
  }
  const std::scoped_lock lock(list().mutex);
  try {
    list().children.push_back(std::move(child));
  } catch (const std::bad_alloc&) {
    // Then it stays a zombie until the host ends: the lesser evil.
  }
}

void reap_deferred() noexcept {
  // In a child that the host forked, these aren't our children any more: reap() says unknown, and
  // they go. Should the fork have caught another thread in here, the lock is held for ever: never
  // wait.
  const std::unique_lock lock(list().mutex, std::try_to_lock);
  if (!lock.owns_lock()) {
    return;
  }
  std::erase_if(list().children, [](const Child& child) {
    return reap(child.ref()).state != ChildExit::State::running;
  });
}

}  // namespace kamexec::process
