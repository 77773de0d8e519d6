/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and memory that the server shares. */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_PROCESS_H
#define KAMEXEC_KAMAILIO_HOST_HOST_PROCESS_H

#include <stddef.h>

#include "kamailio/state/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Asks for room for that many processes of the module's. For mod_init. */
void host_processes_reserve(int count);
/* Forks one, named for `kamctl ps`, which runs body(argument) and must never return. -1: it could
 * not be forked. For child_init(PROC_MAIN). */
int host_process_fork(const char* name, void (*body)(int argument) KAMEXEC_NOEXCEPT, int argument);
/* Whether the configuration is loaded, and what happens from now on are requests. */
int host_serves(void);
/* In child_init: whether a process of that rank takes SIP requests of callers. Processes that may
 * run routes for other reasons (timers, tasks, RPC) can't be told from those that never do. */
int host_process_takes_requests(int rank);
/* In such a process, before each job: takes over settings that were changed at run time. */
void host_process_refresh(void);

/* Memory that every process sees, at one address. NULL: short of it. */
void* host_shared_allocate(size_t size);
void host_shared_free(void* memory);

#ifdef __cplusplus
}
#endif

#endif
