/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module offers to Kamailio: functions, parameters, variables. */
#include "core/globals.h"
#include "core/kemi.h"
#include "core/mod_fix.h"
#include "core/rpc_lookup.h"
#include "core/script_cb.h"
#include "core/sr_module.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/exports/config_check.h"
#include "kamailio/exports/exec_variable.h"
#include "kamailio/exports/fixups.h"
#include "kamailio/exports/kemi_exports.h"
#include "kamailio/exports/rpc_exports.h"
#include "kamailio/host/host_counters.h"
#include "kamailio/host/host_process.h"

MODULE_VERSION

KamexecParameters kamexec_parameters = {
    .setvars = 1,
    .time_to_kill = 0,
    .deadline_ms = 0,
    .kill_grace_ms = 200,
    .output_limit = 1 << 20,
    .lines_limit = 1000,
    .error_limit = 4096,
    .bash_safety = 1,
    .environment = "*",
    .dynamic_commands = "auto",
    .interpreted_values = "refuse",
    .workers = -1,
    .async_running = 64,
    .async_waiting = 1024,
    .cmd_async_running = 32,
    .cmd_async_waiting = 1024,
    .failures_logged = 10,
    .log_stderr = 1,
    .service = "",
};

static int all_usable(char* command, char* input, char* names, char* out, char* err) {
  return parameter_usable(command) && parameter_usable(input) && parameter_usable(names) &&
         parameter_usable(out) && parameter_usable(err);
}

/* Functions of every number of parameters come down to these two. */
static int call(struct sip_msg* message, char* command, char* input, char* names, char* out,
                char* err) {
  const int usable = all_usable(command, input, names, out, err);
  const KamexecArguments arguments = {parameter_input(input), parameter_avps(names),
                                      parameter_variable(out), parameter_variable(err)};
  return kamexec_call(message, usable ? parameter_command(command) : NULL, &arguments);
}

static int call_async(struct sip_msg* message, char* command, char* input, char* names, char* out,
                      char* err, char* route) {
  const int usable = all_usable(command, input, names, out, err) && parameter_usable(route);
  const KamexecArguments arguments = {parameter_input(input), parameter_avps(names),
                                      parameter_variable(out), parameter_variable(err)};
  const KamexecNames at_run_time = {parameter_name_at_run_time(names),
                                    parameter_name_at_run_time(out),
                                    parameter_name_at_run_time(err)};
  return kamexec_call_async(message, usable ? parameter_command(command) : NULL, &arguments,
                            &at_run_time, parameter_route(route));
}

/* Which function it is stands in the command. */
static int w_exec(struct sip_msg* message, char* command, char* unused) {
  (void)unused;
  return call(message, command, NULL, NULL, NULL, NULL);
}

static int w_exec_avp(struct sip_msg* message, char* command, char* names) {
  return call(message, command, NULL, names, NULL, NULL);
}

static int w_exec_run2(struct sip_msg* message, char* command, char* input) {
  return call(message, command, input, NULL, NULL, NULL);
}

static int w_exec_run3(struct sip_msg* message, char* command, char* input, char* out) {
  return call(message, command, input, NULL, out, NULL);
}

static int w_exec_run4(struct sip_msg* message, char* command, char* input, char* out, char* err) {
  return call(message, command, input, NULL, out, err);
}

static int w_exec_async(struct sip_msg* message, char* command, char* route) {
  return call_async(message, command, NULL, NULL, NULL, NULL, route);
}

static int w_exec_avp_async(struct sip_msg* message, char* command, char* names, char* route) {
  return call_async(message, command, NULL, names, NULL, NULL, route);
}

static int w_exec_run_async(struct sip_msg* message, char* command, char* input, char* out,
                            char* err, char* route) {
  return call_async(message, command, input, NULL, out, err, route);
}

/* The host calls a function by the number of parameters that stands beside it. */
#define ANY_ARITY(FUNCTION) ((cmd_function)(void (*)(void))(FUNCTION))

/* The R-URI can be set wherever the host reads it afterwards: see host_can_set_uri. */
#define URI_ROUTES (REQUEST_ROUTE | FAILURE_ROUTE | BRANCH_ROUTE | LOCAL_ROUTE)

/* A request that has a transaction can wait. */
#define WAITING_ROUTES (REQUEST_ROUTE | FAILURE_ROUTE)

static cmd_export_t functions[] = {
    {"exec_dset", w_exec, 1, fixup_dset, fixup_release, URI_ROUTES},
    {"exec_msg", w_exec, 1, fixup_msg, fixup_release, ANY_ROUTE},
    {"exec_avp", w_exec, 1, fixup_avp, fixup_release, ANY_ROUTE},
    {"exec_avp", w_exec_avp, 2, fixup_avp, fixup_release, ANY_ROUTE},
    {"exec_cmd", w_exec, 1, fixup_cmd, fixup_release, ANY_ROUTE},
    {"exec_run", w_exec, 1, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", w_exec_run2, 2, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", ANY_ARITY(w_exec_run3), 3, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_run", ANY_ARITY(w_exec_run4), 4, fixup_run, fixup_release, ANY_ROUTE},
    {"exec_dset_async", w_exec_async, 2, fixup_dset_async, fixup_release, WAITING_ROUTES},
    {"exec_msg_async", w_exec_async, 2, fixup_msg_async, fixup_release, WAITING_ROUTES},
    {"exec_avp_async", w_exec_async, 2, fixup_avp_async, fixup_release, WAITING_ROUTES},
    {"exec_avp_async", ANY_ARITY(w_exec_avp_async), 3, fixup_avp_async, fixup_release,
     WAITING_ROUTES},
    {"exec_run_async", ANY_ARITY(w_exec_run_async), 5, fixup_run_async, fixup_release,
     WAITING_ROUTES},
    {"exec_cmd_async", w_exec_async, 1, fixup_cmd_async, fixup_release, ANY_ROUTE},
    {0, 0, 0, 0, 0, 0},
};

static int define_program(modparam_t type, void* text) {
  (void)type;
  return kamexec_program_define((const char*)text);
}

static int read_programs(modparam_t type, void* path) {
  (void)type;
  return kamexec_programs_read((const char*)path);
}

static int add_interpreter(modparam_t type, void* text) {
  (void)type;
  return kamexec_interpreter_add((const char*)text);
}

static param_export_t parameters[] = {
    {"setvars", PARAM_INT, &kamexec_parameters.setvars},
    {"time_to_kill", PARAM_INT, &kamexec_parameters.time_to_kill},
    {"exec_timer", PARAM_INT, &kamexec_parameters.time_to_kill},
    {"deadline_ms", PARAM_INT, &kamexec_parameters.deadline_ms},
    {"kill_grace_ms", PARAM_INT, &kamexec_parameters.kill_grace_ms},
    {"output_limit", PARAM_INT, &kamexec_parameters.output_limit},
    {"lines_limit", PARAM_INT, &kamexec_parameters.lines_limit},
    {"error_limit", PARAM_INT, &kamexec_parameters.error_limit},
    {"bash_safety", PARAM_INT, &kamexec_parameters.bash_safety},
    {"environment", PARAM_STRING, &kamexec_parameters.environment},
    {"dynamic_commands", PARAM_STRING, &kamexec_parameters.dynamic_commands},
    {"program", PARAM_STRING | PARAM_USE_FUNC, (void*)define_program},
    {"programs_file", PARAM_STRING | PARAM_USE_FUNC, (void*)read_programs},
    {"interpreter", PARAM_STRING | PARAM_USE_FUNC, (void*)add_interpreter},
    {"interpreted_values", PARAM_STRING, &kamexec_parameters.interpreted_values},
    {"workers", PARAM_INT, &kamexec_parameters.workers},
    {"async_running", PARAM_INT, &kamexec_parameters.async_running},
    {"async_waiting", PARAM_INT, &kamexec_parameters.async_waiting},
    {"cmd_async_running", PARAM_INT, &kamexec_parameters.cmd_async_running},
    {"cmd_async_waiting", PARAM_INT, &kamexec_parameters.cmd_async_waiting},
    {"failures_logged", PARAM_INT, &kamexec_parameters.failures_logged},
    {"log_stderr", PARAM_INT, &kamexec_parameters.log_stderr},
    {"service", PARAM_STRING, &kamexec_parameters.service},
    {0, 0, 0},
};

static pv_export_t variables[] = {
    {{"exec", sizeof("exec") - 1}, PVT_OTHER, exec_variable_get, 0, exec_variable_parse, 0, 0, 0},
    {{0, 0}, 0, 0, 0, 0, 0, 0, 0},
};

/* $exec(...) is of the request that is being handled; a route that goes on after a command gets its
 * results before its first statement. */
static int begin_script(struct sip_msg* message, unsigned int flags, void* unused) {
  (void)flags;
  (void)unused;
  kamexec_forget_last_call();
  kamexec_apply_resumed(message);
  return 1;
}

static const HostGauge gauges[] = {
    {"async_under_way", "asynchronous calls that are running or waiting", kamexec_async_under_way},
    {"cmd_async_under_way", "of these, the calls of exec_cmd_async", kamexec_cmd_async_under_way},
};

static int mod_init(void) {
  if (kamexec_check_parameters() < 0) {
    return -1;
  }
  config_note_programs();
  if (kamexec_programs_locate() < 0 || kamexec_programs_share() < 0 || config_check_dynamic() < 0 ||
      config_check_async() < 0 ||
      host_counters_register(gauges, (int)(sizeof(gauges) / sizeof(gauges[0]))) < 0 ||
      kamexec_async_init(config_has_async()) < 0 || rpc_register_array(rpc_exports) != 0) {
    return -1;
  }
  config_check_return_mode();
  return register_script_cb(begin_script, PRE_SCRIPT_CB | REQUEST_CB | ONREPLY_CB | FAILURE_CB,
                            NULL) < 0
             ? -1
             : 0;
}

static int child_init(int rank) {
  if (rank == PROC_INIT) {
    kamexec_warn_of_surroundings();
    kamexec_service_unknown(0);
    return kamexec_programs_permitted() < 0 || kamexec_commands_refused_by_shell() > 0 ? -1 : 0;
  }
  if (host_process_takes_requests(rank)) {
    kamexec_programs_start();
  }
  return rank == PROC_MAIN ? kamexec_async_start() : 0;
}

static void mod_destroy(void) {
  config_check_too_late();
  kamexec_end_what_is_left();
}

struct module_exports exports = {
    .name = "exec",
    .dlflags = DEFAULT_DLFLAGS,
    .cmds = functions,
    .params = parameters,
    .pv_items = variables,
    .init_mod_f = mod_init,
    .init_child_f = child_init,
    .destroy_mod_f = mod_destroy,
};

int mod_register(char* path, int* dlflags, void* p1, void* p2);
int mod_register(char* path, int* dlflags, void* p1, void* p2) {
  (void)path;
  (void)dlflags;
  (void)p1;
  (void)p2;
  if (config_check) {
    config_check_when_read();
  }
  return sr_kemi_modules_add(kemi_exports);
}
