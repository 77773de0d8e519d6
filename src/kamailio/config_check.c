/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/config_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dprint.h"
#include "core/events.h"
#include "core/rvalue.h"
#include "core/socket_info.h"
#include "core/sr_module.h"
#include "kamailio/config_walk.h"
#include "kamailio/fixups.h"
#include "kamailio/module.h"

typedef struct OwnFunction {
  fixup_function fixup;
  KxFunction function;
  int is_async;
} OwnFunction;

/* One of our functions, known by its fixup. NULL: another module's. */
static const OwnFunction* own_function(const struct action* call) {
  static const OwnFunction ours[] = {{fixup_dset, KX_DSET, 0},     {fixup_msg, KX_MSG, 0},
                                     {fixup_avp, KX_AVP, 0},       {fixup_cmd, KX_CMD, 0},
                                     {fixup_run, KX_RUN, 0},       {fixup_dset_async, KX_DSET, 1},
                                     {fixup_msg_async, KX_MSG, 1}, {fixup_avp_async, KX_AVP, 1},
                                     {fixup_cmd_async, KX_CMD, 1}, {fixup_run_async, KX_RUN, 1}};
  const cmd_export_t* exported = call->val[0].u.data;
  for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
    if (exported->fixup == ours[i].fixup) {
      return &ours[i];
    }
  }
  return NULL;
}

static void find_async(void* context, struct action* call) {
  const OwnFunction* own = own_function(call);
  if (own != NULL && own->is_async) {
    *(int*)context = 1;
  }
}

int config_has_async(void) {
  int found = 0;
  config_walk(find_async, &found);
  return found;
}

/* The command parameter of a call. */
static const action_u_t* command_of(const struct action* call) {
  return &call->val[2];
}

static int is_dynamic(const struct action* call) {
  return command_of(call)->type == RVE_ST && !rve_is_constant(command_of(call)->u.data);
}

static KxPlace place_of(const struct action* call) {
  KxPlace place = {call->cfile, call->cline};
  return place;
}

static void count_dynamic(void* context, struct action* call) {
  const OwnFunction* own = own_function(call);
  if (own != NULL && is_dynamic(call)) {
    kx_refuse_dynamic(own->function, place_of(call));
    ++*(int*)context;
  }
}

int config_check_dynamic(void) {
  int refused = 0;
  if (!kx_dynamic_allowed()) {
    config_walk(count_dynamic, &refused);
  }
  return refused > 0 ? -1 : 0;
}

/* The text of a constant command parameter; NULL where it has none. The caller frees nothing: the
 * process is about to end. */
static const char* constant_text(const struct action* call) {
  const action_u_t* command = command_of(call);
  str s;
  if (command->type == STRING_ST) {
    return command->u.string;
  }
  struct rvalue* value = command->type == RVE_ST ? rval_expr_eval(0, 0, command->u.data) : NULL;
  return value != NULL && rval_get_str(0, 0, &s, value, 0) == 0 ? s.s : NULL;
}

static void check_call(void* context, struct action* call) {
  const OwnFunction* own = own_function(call);
  if (own == NULL || is_dynamic(call)) {
    return;
  }
  const char* text = constant_text(call);
  if (text != NULL) {
    const HostText command = {text, strlen(text)};
    *(int*)context += kx_command_check(own->function, command, place_of(call), own->is_async) < 0;
  }
}

/* What is to be said of the configuration, as far as it was read. The number of mistakes. */
static int log_findings(void) {
  int mistakes = kx_check_parameters() < 0 || kx_programs_locate() < 0;
  if (!mistakes) {
    mistakes = config_check_dynamic() < 0;
    config_walk(check_call, &mistakes);
  }
  return mistakes;
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
    log_findings();
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
  const int mistakes = log_findings();
  if (mistakes > 0 && good) {
    /* The status of an exit under way can't be changed but by ending at once. */
    fprintf(stderr, "config file not ok: exec commands that must be changed: %d\n", mistakes);
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
