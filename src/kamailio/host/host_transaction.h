/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions that wait for a command (tm's suspend and continue). What tm does there was measured
 * with 5.6.3 and 6.0.1; where this works round it, the C file says why.
 */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_TRANSACTION_H
#define KAMEXEC_KAMAILIO_HOST_HOST_TRANSACTION_H

#include "kamailio/host/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A suspended transaction, by its identity: it may be gone by the time it is looked for. */
typedef struct HostSuspended {
  unsigned int index;
  unsigned int label;
  unsigned int blind_uac; /* the branch that stands for this suspension and no later one */
} HostSuspended;

/* The route that goes on. */
typedef struct HostRoute {
  int native;    /* number of a route[NAME], -1: none */
  char kemi[64]; /* function of a script engine, where native is -1 */
} HostRoute;

/* Whether tm is loaded. After the configuration was read. */
int host_has_transactions(void);
/* Binds tm. 0, or -1 where it is not loaded. For mod_init. */
int host_transactions_bind(void);

/* Finds a route by name, native or of the script engine in use. 0, or -1 where there is none.
 * After the configuration was read. */
int host_route_find(HostText name, HostRoute* route);

typedef enum HostSuspendResult {
  HOST_SUSPENDED,
  HOST_RETRANSMISSION, /* of a request that is being handled: the script ends here */
  HOST_NOT_SUSPENDED   /* why says it in words */
} HostSuspendResult;
/* What is to be called, in whatever process, when the caller cancels a transaction that waits. It
 * can come before host_suspend returns. */
typedef struct HostCancel {
  void (*on_cancel)(unsigned long id) KAMEXEC_NOEXCEPT;
  unsigned long id; /* not 0 */
} HostCancel;
/* Suspends the transaction of a request, made if need be. Request and failure routes only. watched:
 * 0 where shared memory is short, so that a CANCEL goes unnoticed. */
HostSuspendResult host_suspend(HostMessage* message, const HostCancel* cancel,
                               HostSuspended* suspended, int* watched, const char** why);
/* Takes back a suspension that was just made: the script goes on. */
void host_suspend_take_back(const HostSuspended* suspended);
/* Milliseconds until tm gives the current transaction up. */
long host_suspend_limit_ms(void);

/* Runs the route for a suspended transaction, in a process that the server forked, and cleans up
 * after it. 0: it ran (or the server tried to); -1: the transaction is over, was cancelled or waits
 * for something else, and the route did not run. */
int host_resume(const HostSuspended* suspended, const HostRoute* route);

/* The next hop and the path that a script chose: a suspension loses what was set after the
 * transaction was made. Set again before a route goes on; empty ones are left alone. */
HostText host_next_hop(HostMessage* message);
HostText host_path(HostMessage* message);
int host_set_next_hop(HostMessage* message, HostText uri);
int host_set_path(HostMessage* message, HostText path);

#ifdef __cplusplus
}
#endif

#endif
