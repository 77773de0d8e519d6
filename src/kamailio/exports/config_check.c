/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/exports/config_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dprint.h"
#include "core/events.h"
#include "core/globals.h"
#include "core/rvalue.h"
#include "core/socket_info.h"
#include "core/sr_module.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/exports/config_walk.h"
#include "kamailio/exports/fixups.h"
#include "kamailio/host/host_transaction.h"

typedef struct OwnFunction {
  fixup_function fixup;
  ExecFunction of;
} OwnFunction;

/* One of our functions, known by its fixup. NULL: another module's. */
static const ExecFunction* own_function(const struct action* call) {
  static const OwnFunction ours[] = {
      {fixup_dset, {KAMEXEC_DSET, 0}},     {fixup_msg, {KAMEXEC_MSG, 0}},
      {fixup_avp, {KAMEXEC_AVP, 0}},       {fixup_cmd, {KAMEXEC_CMD, 0}},
      {fixup_run, {KAMEXEC_RUN, 0}},       {fixup_dset_async, {KAMEXEC_DSET, 1}},
      {fixup_msg_async, {KAMEXEC_MSG, 1}}, {fixup_avp_async, {KAMEXEC_AVP, 1}},
      {fixup_cmd_async, {KAMEXEC_CMD, 1}}, {fixup_run_async, {KAMEXEC_RUN, 1}}};
  const cmd_export_t* exported = call->val[0].u.data;
  for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
    if (exported->fixup == ours[i].fixup) {
      return &ours[i].of;
    }
  }
  return NULL;
}

/* The first calls that need a process of the module's, and tm. */
typedef struct AsyncCalls {
  const struct action* later;
  const struct action* waiting;
} AsyncCalls;

static void find_async(void* context, struct action* call) {
  AsyncCalls* found = context;
  const ExecFunction* own = own_function(call);
  if (own == NULL || !own->is_async) {
    return;
  }
  if (found->later == NULL) {
    found->later = call;
  }
  if (found->waiting == NULL && exec_function_waits(*own)) {
    found->waiting = call;
  }
}

static AsyncCalls async_calls(void) {
  AsyncCalls found = {NULL, NULL};
  config_walk(find_async, &found);
  return found;
}

int config_has_async(void) {
  return async_calls().later != NULL;
}

static const char* name_of(const struct action* call) {
  const cmd_export_t* exported = call->val[0].u.data;
  return exported->name;
}

/* What asynchronous calls can't do without, each said once. How many such things there are. */
static int lacks_for_async(void) {
  const AsyncCalls found = async_calls();
  int lacks = 0;
  if (found.later != NULL && kamexec_parameters.workers == 0) {
    LM_ERR(
        "%s:%d: %s needs one of the module's processes, and the parameter workers is 0: remove it, "
        "or set it to 1 or more\n",
        found.later->cfile, found.later->cline, name_of(found.later));
    lacks++;
  }
  if (found.waiting != NULL && !host_has_transactions()) {
    LM_ERR("%s:%d: %s needs the module tm, which is not loaded: write loadmodule \"tm.so\"\n",
           found.waiting->cfile, found.waiting->cline, name_of(found.waiting));
    lacks++;
  }
  return lacks;
}

int config_check_async(void) {
  return lacks_for_async() > 0 ? -1 : 0;
}

/* A call's parameter, counted from 1. */
static const action_u_t* parameter_of(const struct action* call, int number) {
  return &call->val[number + 1];
}

static int is_built_at_run_time(const action_u_t* parameter) {
  return parameter->type == RVE_ST && !rve_is_constant(parameter->u.data);
}

static KamexecLocation location_of(const struct action* call) {
  KamexecLocation place = {call->cfile, call->cline};
  return place;
}

static void count_dynamic(void* context, struct action* call) {
  const ExecFunction* own = own_function(call);
  if (own != NULL && is_built_at_run_time(parameter_of(call, 1))) {
    kamexec_refuse_dynamic(own->function, location_of(call));
    ++*(int*)context;
  }
}

static int calls_refused(void) {
  int refused = 0;
  if (!kamexec_dynamic_allowed()) {
    config_walk(count_dynamic, &refused);
  }
  return refused;
}

int config_check_dynamic(void) {
  return calls_refused() > 0 ? -1 : 0;
}

static void note_program(void* context, struct action* call) {
  (void)context;
  if (own_function(call) == NULL || is_built_at_run_time(parameter_of(call, 1))) {
    return;
  }
  const char* text = exec_constant_text(parameter_of(call, 1));
  if (text != NULL) {
    const HostText written = {text, strlen(text)};
    kamexec_program_called(written, location_of(call));
  }
}

void config_note_programs(void) {
  config_walk(note_program, NULL);
}

#if VERSIONVAL >= 5007000 /* return_mode came with 5.7.0 */
static void warn_of_truth(void* context, struct action* call) {
  (void)context;
  if (own_function(call) == NULL) {
    return;
  }
  const cmd_export_t* exported = call->val[0].u.data;
  LM_WARN(
      "%s:%d: with return_mode=1 a failure of %s(...), -1 to -5, is true here, because it is not "
      "0: "
      "write "
      "%s(...) > 0\n",
      call->cfile != NULL ? call->cfile : "", call->cline, exported->name, exported->name);
}

void config_check_return_mode(void) {
  if (ksr_return_mode == 1) {
    config_walk_truths(warn_of_truth, NULL);
  }
}
#else
void config_check_return_mode(void) {}
#endif

typedef struct CallCheck {
  int whole; /* the configuration was read to its end: a route that was not read isn't there */
  int mistakes;
} CallCheck;

static void check_call(void* context, struct action* call) {
  CallCheck* check = context;
  const ExecFunction* own = own_function(call);
  const int count = own != NULL ? (int)call->val[1].u.number : 0;
  for (int number = 1; number <= count && number + 1 < MAX_ACTIONS; number++) {
    const action_u_t* parameter = parameter_of(call, number);
    if (is_built_at_run_time(parameter) ||
        (!check->whole && exec_parameter_is_route(*own, number, count))) {
      continue;
    }
    char* text = exec_constant_text(parameter);
    if (text != NULL && exec_parameter_check(*own, call, number, count, text) < 0) {
      check->mistakes++;
    }
  }
}

/* What is to be said of the configuration, whole or as far as it was read. How many mistakes there
 * are. */
static int log_findings(int whole) {
  if (kamexec_check_parameters() < 0) {
    return 1;
  }
  config_note_programs();
  if (kamexec_programs_locate() < 0) {
    return 1;
  }
  CallCheck check = {whole, calls_refused()};
  config_walk(check_call, &check);
  config_check_return_mode();
  check.mistakes += kamexec_commands_refused_by_shell();
  check.mistakes += kamexec_service_unknown(1);
  return check.mistakes + (whole ? lacks_for_async() : 0);
}

/*
 * How a run of `kamailio -c` ends, in 5.6 to 6.2 alike:
 * - The configuration is good: main returns, with all that was read still there.
 * - It is read to its end and is bad: main calls app_shutdown, destroys the modules, then frees the
 *   routes, then exits.
 * - The parser gives up (a file that can't be included; from 5.7 on the first error): it exits in
 *   the midst of its work. What it has read is there. From 5.8 on nothing at all runs then.
 * A module can look at what was read in the first and the last case at exit, and in the second when
 * app_shutdown is called: later, what other modules' variables are parsed with is gone, and then
 * the routes.
 */
static int is_over; /* checked, or too late for it */

static sr_corecb_void_f next_at_shutdown;

static void check_at_shutdown(void) {
  if (!is_over) {
    is_over = 1;
    config_in_doubt();
    log_findings(0);
  }
  if (next_at_shutdown != NULL) {
    next_at_shutdown();
  }
}

void config_check_too_late(void) {
  is_over = 1;
}

/* The last thing that main does of a good configuration is to find the sockets to listen on; the
 * parser never does. */
static int is_good_for_the_server(void) {
  return socket_types != 0;
}

static void check_at_exit(void) {
  if (is_over) {
    return;
  }
  is_over = 1;
  const int good = is_good_for_the_server();
  if (!good) {
    config_in_doubt();
  }
  const int mistakes = log_findings(good);
  if (mistakes > 0 && good) {
    /* The status of an exit under way can't be changed but by ending at once. */
    fprintf(stderr, "config file not ok: mistakes in calls of exec: %d\n", mistakes);
    fflush(NULL);
    _exit(1);
  }
}

void config_check_when_read(void) {
  static int registered;
  if (registered || atexit(check_at_exit) != 0) {
    return;
  }
  registered = 1;
  sr_corecb_t* callbacks = sr_corecb_get();
  next_at_shutdown = callbacks->app_shutdown;
  callbacks->app_shutdown = check_at_shutdown;
}
