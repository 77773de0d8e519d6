/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/host/host_process.h"

#include <stdlib.h>
#include <string.h>

#include "core/str.h" /* async_task.h needs it */

#include "core/async_task.h"
#include "core/cfg/cfg_struct.h"
#include "core/globals.h"
#include "core/mem/shm_mem.h"
#include "core/pt.h"
#include "core/socket_info.h"
#include "core/sr_module.h"

void host_processes_reserve(int count) {
  register_procs(count);
  cfg_register_child(count);
}

int host_process_fork(const char* name, void (*body)(int argument), int argument) {
  const int pid = fork_process(PROC_RPC, (char*)name, 1);
  if (pid == 0) {
    if (cfg_child_init() == 0) {
      body(argument);
    }
    exit(1);
  }
  return pid < 0 ? -1 : 0;
}

int host_serves(void) {
  return fixup_complete;
}

#if VERSIONVAL >= 6000000 /* udp_receiver_mode came with 6.0.0 */
/* With udp_receiver_mode 1 and 2 one process receives, with the rank of a SIP worker, and hands the
 * requests to the asynchronous workers of the socket's group, which have the rank of RPC's. A
 * child's own description may not be written yet when child_init runs, so both are known by the
 * order in which the server forks: receivers first, with the ranks from 1; asynchronous workers
 * before all other processes of RPC's rank, a group after the other. */
static int only_receives(int rank) {
  if (dont_fork || ksr_udp_receiver_mode == 0) {
    return 0;
  }
  if (ksr_udp_receiver_mode == 1) {
    return udp_listen != NULL && rank == 1;
  }
  int receivers = 0; /* one for each group of sockets */
  for (const struct socket_info* one = udp_listen; one != NULL; one = one->next) {
    const struct socket_info* same = udp_listen;
    while (same != one && strcmp(same->agroup.agname, one->agroup.agname) != 0) {
      same = same->next;
    }
    receivers += same == one && one->agroup.agname[0] != '\0';
  }
  return rank <= receivers;
}

/* The group whose worker this process is. NULL: it is none. */
static const async_wgroup_t* group_of_this_process(void) {
  str first = str_init("default"); /* the server has it before all others */
  int before = 0; /* processes that were forked earlier, from the first worker on */
  for (int i = 1; i < process_no; i++) {
    before += before > 0 || pt[i].rank == PROC_RPC;
  }
  const async_wgroup_t* group = async_task_initialized() ? async_task_group_find(&first) : NULL;
  while (group != NULL && before >= group->workers) {
    before -= group->workers;
    group = group->next;
  }
  return group;
}

static int is_request_worker(void) {
  const async_wgroup_t* group = ksr_udp_receiver_mode != 0 ? group_of_this_process() : NULL;
  for (const struct socket_info* one = udp_listen; group != NULL && one != NULL; one = one->next) {
    const char* served = one->agroup.agname;
    if (served[0] == '\0') {
      served = ksr_udp_receiver_mode == 1 ? "udp" : "";
    }
    if (strlen(served) == (size_t)group->name.len &&
        memcmp(served, group->name.s, strlen(served)) == 0) {
      return 1;
    }
  }
  return 0;
}
#else
static int only_receives(int rank) {
  (void)rank;
  return 0;
}

static int is_request_worker(void) {
  return 0;
}
#endif

int host_process_takes_requests(int rank) {
  if (rank == PROC_RPC) {
    return is_request_worker();
  }
  /* A worker of another module's, which asks for no more than the bare child_init, has PROC_SIPRPC.
   */
  return rank > 0 && rank != PROC_SIPRPC && !only_receives(rank);
}

void host_process_refresh(void) {
  cfg_update();
}

void* host_shared_allocate(size_t size) {
  return shm_malloc(size);
}

void host_shared_free(void* memory) {
  shm_free(memory);
}
