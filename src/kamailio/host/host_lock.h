/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock that all processes of the server share. Held for moments, never while anything waits. */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_LOCK_H
#define KAMEXEC_KAMAILIO_HOST_HOST_LOCK_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HostLock HostLock;
/* In shared memory, before the server forks. NULL: short of it. Never freed. */
HostLock* host_lock_create(void);
void host_lock_take(HostLock* lock);
void host_lock_release(HostLock* lock);

#ifdef __cplusplus
}
#endif

#endif
