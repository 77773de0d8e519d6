/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/host_process.h"

#include <stdlib.h>

#include "core/cfg/cfg_struct.h"
#include "core/globals.h"
#include "core/mem/shm_mem.h"
#include "core/pt.h"
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

void host_process_refresh(void) {
  cfg_update();
}

void* host_shared_allocate(size_t size) {
  return shm_malloc(size);
}

void host_shared_free(void* memory) {
  shm_free(memory);
}
