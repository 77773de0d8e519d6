/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/host/host_lock.h"

#include "core/locking.h"

struct HostLock {
  gen_lock_t lock;
};

HostLock* host_lock_create(void) {
  gen_lock_t* lock = lock_alloc();
  return lock != NULL && lock_init(lock) != NULL ? (HostLock*)lock : NULL;
}

void host_lock_take(HostLock* lock) {
  lock_get(&lock->lock);
}

void host_lock_release(HostLock* lock) {
  lock_release(&lock->lock);
}
