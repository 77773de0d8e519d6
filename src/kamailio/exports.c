/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module offers to Kamailio: functions, parameters, variables. */
#include "core/globals.h"
#include "core/kemi.h"
#include "core/mod_fix.h"
#include "core/script_cb.h"
#include "core/sr_module.h"
#include "kamailio/config_check.h"
#include "kamailio/exec_variable.h"
#include "kamailio/fixups.h"
#include "kamailio/kemi_exports.h"
#include "kamailio/module.h"

MODULE_VERSION

KxParameters kx_parameters = {
    .setvars = 1,
    .time_to_kill = 0,
    .deadline_ms = 0,
    .kill_grace_ms = 200,
    .output_limit = 1 << 20,
    .error_limit = 4096,
    .bash_safety = 1,
    .environment = "*",
    .dynamic_commands = "auto",
};

static int w_exec_dset(struct sip_msg* message, char* command, char* unused) {
  (void)unused;
  return kx_dset(message, parameter_command(command));
}

static int w_exec_msg(struct sip_msg* message, char* command, char* unused) {
  (void)unused;
  return kx_msg(message, parameter_command(command));
}

static int w_exec_avp(struct sip_msg* message, char* command, char* names) {
  return kx_avp(message, parameter_command(command), parameter_avps(names));
}

static int w_exec_cmd(struct sip_msg* message, char* command, char* unused) {
  (void)unused;
  return kx_cmd(message, parameter_command(command));
}

static int w_exec_run(struct sip_msg* message, char* command, char* input, char* out, char* err) {
  return kx_run(message, parameter_command(command), parameter_input(input),
                parameter_variable(out), parameter_variable(err));
}

static int w_exec_run1(struct sip_msg* message, char* command, char* unused) {
  (void)unused;
  return w_exec_run(message, command, NULL, NULL, NULL);
}

static int w_exec_run2(struct sip_msg* message, char* command, char* input) {
  return w_exec_run(message, command, input, NULL, NULL);
}

static int w_exec_run3(struct sip_msg* message, char* command, char* input, char* out) {
  return w_exec_run(message, command, input, out, NULL);
}

/* The host calls a function by the number of parameters that stands beside it. */
#define ANY_ARITY(FUNCTION) ((cmd_function)(void (*)(void))(FUNCTION))

/* The R-URI can be set wherever the host reads it afterwards: see host_can_set_uri. */
#define URI_ROUTES (REQUEST_ROUTE | FAILURE_ROUTE | BRANCH_ROUTE | LOCAL_ROUTE)

static cmd_export_t functions[] = {
    {"exec_dset", (cmd_function)w_exec_dset, 1, fixup_dset, fixup_release, URI_ROUTES},
    {"exec_msg", (cmd_function)w_exec_msg, 1, fixup_msg, fixup_release, ANY_ROUTE},
    {"exec_avp", (cmd_function)w_exec_avp, 1, fixup_avp, fixup_release, ANY_ROUTE},
    {"exec_avp", (cmd_function)w_exec_avp, 2, fixup_avp, fixup_release, ANY_ROUTE},
    {"exec_cmd", (cmd_function)w_exec_cmd, 1, fixup_cmd, fixup_release, ANY_ROUTE},
    {"exec_run", (cmd_function)w_exec_run1, 1, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", (cmd_function)w_exec_run2, 2, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", ANY_ARITY(w_exec_run3), 3, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", ANY_ARITY(w_exec_run), 4, fixup_run, fixup_release, ANY_ROUTE},
    {0, 0, 0, 0, 0, 0},
};

static param_export_t parameters[] = {
    {"setvars", PARAM_INT, &kx_parameters.setvars},
    {"time_to_kill", PARAM_INT, &kx_parameters.time_to_kill},
    {"exec_timer", PARAM_INT, &kx_parameters.time_to_kill},
    {"deadline_ms", PARAM_INT, &kx_parameters.deadline_ms},
    {"kill_grace_ms", PARAM_INT, &kx_parameters.kill_grace_ms},
    {"output_limit", PARAM_INT, &kx_parameters.output_limit},
    {"error_limit", PARAM_INT, &kx_parameters.error_limit},
    {"bash_safety", PARAM_INT, &kx_parameters.bash_safety},
    {"environment", PARAM_STRING, &kx_parameters.environment},
    {"dynamic_commands", PARAM_STRING, &kx_parameters.dynamic_commands},
    {0, 0, 0},
};

static pv_export_t variables[] = {
    {{"exec", sizeof("exec") - 1}, PVT_OTHER, exec_variable_get, 0, exec_variable_parse, 0, 0, 0},
    {{0, 0}, 0, 0, 0, 0, 0, 0, 0},
};

/* $exec(...) is of the request that is being handled. */
static int forget_last_call(struct sip_msg* message, unsigned int flags, void* unused) {
  (void)message;
  (void)flags;
  (void)unused;
  kx_forget_last_call();
  return 1;
}

static int mod_init(void) {
  if (kx_check_parameters() < 0 || config_check_dynamic() < 0) {
    return -1;
  }
  return register_script_cb(forget_last_call, PRE_SCRIPT_CB | REQUEST_CB | ONREPLY_CB | FAILURE_CB,
                            NULL) < 0
             ? -1
             : 0;
}

struct module_exports exports = {
    .name = "exec",
    .dlflags = DEFAULT_DLFLAGS,
    .cmds = functions,
    .params = parameters,
    .pv_items = variables,
    .init_mod_f = mod_init,
};

int mod_register(char* path, int* dlflags, void* p1, void* p2);
int mod_register(char* path, int* dlflags, void* p1, void* p2) {
  (void)path;
  (void)dlflags;
  (void)p1;
  (void)p2;
  if (config_check) {
    config_check_at_exit();
  }
  return sr_kemi_modules_add(kemi_exports);
}
