/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/host/host_transaction.h"

#include <string.h>

#include "core/dset.h"
#include "core/kemi.h"
#include "core/mem/mem.h"
#include "core/parser/msg_parser.h"
#include "core/receive.h"
#include "core/route.h"
#include "core/timer.h"
#include "core/timer_ticks.h"
#include "kamailio/host/host_text.h"
#include "modules/tm/h_table.h"
#include "modules/tm/tm_load.h"

static struct tm_binds tm;
static int bound;

int host_has_transactions(void) {
  return find_export("load_tm", NO_SCRIPT, 0) != NULL;
}

int host_transactions_bind(void) {
  bound = host_has_transactions() && load_tm_api(&tm) == 0;
  return bound ? 0 : -1;
}

int host_route_find(HostText name, HostRoute* route) {
  memset(route, 0, sizeof(*route));
  route->native = -1;
  if (name.length == 0 || name.length >= sizeof(route->kemi)) {
    return -1;
  }
  memcpy(route->kemi, name.text, name.length);
  if (sr_kemi_eng_get() != NULL) {
    return 0; /* what functions the script has is known when it is called */
  }
  route->native = route_lookup(&main_rt, route->kemi);
  return route->native >= 0 && main_rt.rlist[route->native] != NULL ? 0 : -1;
}

static struct cell* current(void) {
  struct cell* t = tm.t_gett();
  return t == T_UNDEFINED ? NULL : t;
}

/* A branch without a final reply. tm drops the replies of a transaction that is suspended, a
 * callee's 200 too; and of two suspensions at once the first would never go on. */
static int has_open_branch(const struct cell* t) {
  for (int i = 0; i < t->nr_of_outgoings; i++) {
    if (t->uac[i].last_received < 200) {
      return 1;
    }
  }
  return 0;
}

/* In shared memory, the transaction's: one for each suspension. */
typedef struct CancelWatch {
  /* Functions have one address in all processes of the server: they were forked from one. */
  HostCancel call;
  /* A CANCEL may be handled while the request is being suspended. Each side sets its own first and
   * reads the other's then, so that at least one sees both. */
  int is_cancelled;
  int waits;
  unsigned int blind_uac; /* of the suspension that is watched, once it waits */
} CancelWatch;

/* tm marks the transaction as cancelled only after this, and the command may be over before: what
 * no longer waits does not go on. The flag left set, tm would drop every reply from now on, its own
 * 487 too. */
static void stop_waiting(struct cell* t, const CancelWatch* watch) {
  if (t->async_backup.blind_uac == watch->blind_uac) {
    t->flags &= ~T_ASYNC_SUSPENDED;
  }
}

static void cancelled(struct cell* t, int type, struct tmcb_params* params) {
  CancelWatch* watch = *params->param;
  (void)type;
  __atomic_store_n(&watch->is_cancelled, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&watch->waits, __ATOMIC_SEQ_CST)) {
    stop_waiting(t, watch);
    watch->call.on_cancel(watch->call.id);
  }
}

static void release(void* kept) {
  shm_free(kept);
}

/* Before the transaction waits, so that no CANCEL comes between. NULL: short of shared memory. */
static CancelWatch* watch_cancel(HostMessage* message, const HostCancel* call) {
  CancelWatch* watch = shm_malloc(sizeof(CancelWatch));
  if (watch == NULL) {
    return NULL;
  }
  memset(watch, 0, sizeof(*watch));
  watch->call = *call;
  if (tm.register_tmcb(message, current(), TMCB_E2ECANCEL_IN, cancelled, watch, release) < 0) {
    shm_free(watch);
    return NULL;
  }
  return watch;
}

HostSuspendResult host_suspend(HostMessage* message, const HostCancel* cancel,
                               HostSuspended* suspended, int* watched, const char** why) {
  *why = "";
  *watched = 0;
  if (!bound) {
    *why = "the module tm is not loaded";
    return HOST_NOT_SUSPENDED;
  }
  if (message->first_line.type != SIP_REQUEST || !is_route_type(REQUEST_ROUTE | FAILURE_ROUTE)) {
    *why = "only requests can wait, in request and failure routes";
    return HOST_NOT_SUSPENDED;
  }
  if (message->REQ_METHOD == METHOD_ACK) {
    *why = "an ACK has no transaction that could wait";
    return HOST_NOT_SUSPENDED;
  }
  if (current() == NULL) {
    const int made = tm.t_newtran(message);
    if (made == 0) {
      return HOST_RETRANSMISSION;
    }
    if (made < 0 || current() == NULL) {
      *why = "the server could not make a transaction";
      return HOST_NOT_SUSPENDED;
    }
  }
  if (is_local(current())) {
    *why = "a request of the server's own can't wait";
    return HOST_NOT_SUSPENDED;
  }
  if (has_open_branch(current())) {
    *why = "a request that was relayed, or waits already, can't wait";
    return HOST_NOT_SUSPENDED;
  }
  CancelWatch* watch = watch_cancel(message, cancel);
  *watched = watch != NULL;
  /* t_suspend gives 1, with the identity unset, for a transaction that was cancelled already. */
  if (tm.t_suspend(message, &suspended->index, &suspended->label) != 0) {
    *why = "the transaction was cancelled or answered, or takes no more branches";
    return HOST_NOT_SUSPENDED;
  }
  suspended->blind_uac = current()->async_backup.blind_uac;
  if (watch != NULL) {
    watch->blind_uac = suspended->blind_uac;
    __atomic_store_n(&watch->waits, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&watch->is_cancelled, __ATOMIC_SEQ_CST) ||
        (current()->flags & T_CANCELED) != 0) {
      stop_waiting(current(), watch);
      *why = "the transaction was cancelled";
      return HOST_NOT_SUSPENDED;
    }
  }
  return HOST_SUSPENDED;
}

void host_suspend_take_back(const HostSuspended* suspended) {
  struct cell* t = current();
  if (t != NULL && tm.t_cancel_suspend(suspended->index, suspended->label) == 0) {
    /* 5.6.3 leaves the flag set, and then drops every reply. */
    t->flags &= ~T_ASYNC_SUSPENDED;
  }
}

long host_suspend_limit_ms(void) {
  const struct cell* t = current();
  if (t == NULL) {
    return 0;
  }
  /* As tm sets the timer of the branch that stands for the suspension (timer.h, _set_fr_retr). */
  const s_ticks_t life = (s_ticks_t)(t->end_of_life - get_ticks_raw());
  const s_ticks_t limit = life < (s_ticks_t)t->fr_timeout ? life : (s_ticks_t)t->fr_timeout;
  if (limit <= 0) {
    return 0;
  }
  return (long)TICKS_TO_MS(limit);
}

/* Whether the transaction still waits, unanswered, and for this suspension: t_continue leaks a
 * reference where it doesn't wait at all, runs the route of a call that is over, and would let an
 * old job go on with a later one's wait. */
static int waits_for(const HostSuspended* suspended) {
  struct cell* t = NULL;
  if (tm.t_lookup_ident(&t, suspended->index, suspended->label) < 0) {
    return 0;
  }
  const int waits = (t->flags & T_ASYNC_SUSPENDED) && !(t->flags & T_CANCELED) &&
                    t->uas.status < 200 && t->async_backup.blind_uac == suspended->blind_uac;
  tm.unref_cell(t);
  tm.t_sett(T_NULL_CELL, T_BR_UNDEFINED);
  return waits;
}

int host_resume(const HostSuspended* suspended, const HostRoute* route) {
  int result = -1;
  /* The destination set is the process's, and t_continue doesn't clear it. */
  clear_branches();
  if (waits_for(suspended)) {
    if (route->native >= 0) {
      result = tm.t_continue(suspended->index, suspended->label, main_rt.rlist[route->native]);
    } else {
      str name = {(char*)route->kemi, (int)strlen(route->kemi)};
      str event = str_init("exec:resume");
      result = tm.t_continue_cb(suspended->index, suspended->label, &name, &event);
    }
  }
  ksr_msg_env_reset();
  clear_branches();
  tm.t_sett(T_NULL_CELL, T_BR_UNDEFINED);
  return result == 0 ? 0 : -1;
}

HostText host_next_hop(HostMessage* message) {
  return host_text(&message->dst_uri);
}

HostText host_path(HostMessage* message) {
  return host_text(&message->path_vec);
}

int host_set_next_hop(HostMessage* message, HostText uri) {
  str s = host_str(uri);
  return uri.length > 0 && set_dst_uri(message, &s) < 0 ? -1 : 0;
}

int host_set_path(HostMessage* message, HostText path) {
  str s = host_str(path);
  return path.length > 0 && set_path_vector(message, &s) < 0 ? -1 : 0;
}
