/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parameters of the script's functions, from the configuration's text to what the calls take.
 */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_FIXUPS_H
#define KAMEXEC_KAMAILIO_EXPORTS_FIXUPS_H

#include "core/route_struct.h"
#include "kamailio/boundary/entry_points.h"

/* A function of the script. */
typedef struct ExecFunction {
  KamexecFunction function;
  int is_async;
} ExecFunction;

/* Whether a request waits for its command, for which tm is needed. */
int exec_function_waits(ExecFunction of);
/* Whether its parameter of that number, of so many, is the route that goes on. */
int exec_parameter_is_route(ExecFunction of, int number, int count);
/* The text of a constant parameter; NULL where it has none. It is kept for as long as the process
 * lives: the configuration is read once. */
char* exec_constant_text(const action_u_t* parameter);
/* What the fixup of a constant parameter of that call would say: 0, or -1 after an error in the
 * log. Keeps nothing. */
int exec_parameter_check(ExecFunction of, const struct action* action, int number, int count,
                         char* text);

/* Kamailio's fixup and free_fixup prototypes: number counts from 1. */
int fixup_dset(void** param, int number);
int fixup_msg(void** param, int number);
int fixup_avp(void** param, int number);
int fixup_cmd(void** param, int number);
int fixup_run(void** param, int number);
int fixup_dset_async(void** param, int number);
int fixup_msg_async(void** param, int number);
int fixup_avp_async(void** param, int number);
int fixup_cmd_async(void** param, int number);
int fixup_run_async(void** param, int number);
int fixup_release(void** param, int number);

/* What a fixed-up parameter holds; NULL where it was left empty. */
KamexecCommand* parameter_command(char* param);
KamexecInput* parameter_input(char* param);
HostVariable* parameter_variable(char* param);
HostAvpList* parameter_avps(char* param);
const HostRoute* parameter_route(char* param);
/* Its text where it was built at run time, else empty: what was made of it is then this process's
 * own, and gone when the call returns. */
HostText parameter_name_at_run_time(char* param);
/* Whether it could be made; a command is NULL where not. */
int parameter_usable(char* param);

#endif
