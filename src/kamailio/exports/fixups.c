/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/exports/fixups.h"

#include <string.h>

#include "core/dprint.h"
#include "core/error.h"
#include "core/globals.h"
#include "core/mem/mem.h"
#include "core/mod_fix.h"
#include "core/route_struct.h"
#include "core/rvalue.h"
#include "core/sr_module.h"

typedef enum Kind { COMMAND, INPUT, VARIABLE, AVPS, ROUTE } Kind;

typedef struct Parameter {
  char* source; /* the host wants it back when it releases a string built at run time */
  Kind kind;
  int usable;
  int is_constant;
  union {
    KamexecCommand* command;
    KamexecInput* input;
    HostVariable* variable;
    HostAvpList* avps;
    HostRoute route;
  } is;
} Parameter;

int exec_function_waits(ExecFunction of) {
  return of.is_async && of.function != KAMEXEC_CMD;
}

int exec_parameter_is_route(ExecFunction of, int number, int count) {
  return exec_function_waits(of) && number == count;
}

/* The command comes first, the route that goes on last. */
static Kind kind_of(ExecFunction of, int number, int count) {
  if (number == 1) {
    return COMMAND;
  }
  if (exec_parameter_is_route(of, number, count)) {
    return ROUTE;
  }
  if (of.function == KAMEXEC_AVP) {
    return AVPS;
  }
  return number == 2 ? INPUT : VARIABLE;
}

/* A constant of the native configuration. Strings built at run time come as STRING_RVE_ST; those of
 * a script engine look like constants, but the fixing of the configuration is over by then. */
static int is_constant(void** param, int number) {
  return !fixup_complete && fixup_get_param(param, number, number)->type == STRING_ST;
}

static KamexecOrigin origin(void** param, int number) {
  return fixup_get_param(param, number, number)->type == STRING_RVE_ST ? KAMEXEC_FROM_SCRIPT
                                                                       : KAMEXEC_FROM_KEMI;
}

/* A call of the configuration: where it stands, and its function's name. Neither is known of what
 * is made at run time. */
typedef struct Call {
  KamexecLocation place;
  const char* name;
  HostText input; /* what it hands to standard input, as written; empty: nothing */
} Call;

char* exec_constant_text(const action_u_t* parameter) {
  str s;
  if (parameter->type == STRING_ST) {
    return parameter->u.string;
  }
  if (parameter->type != RVE_ST || !rve_is_constant(parameter->u.data)) {
    return NULL;
  }
  struct rvalue* value = rval_expr_eval(0, 0, parameter->u.data);
  if (value == NULL) {
    return NULL;
  }
  const int has_text = rval_get_str(0, 0, &s, value, 0) == 0; /* a copy */
  rval_destroy(value);
  return has_text ? s.s : NULL;
}

/* Of exec_run and its asynchronous form. */
static HostText input_of(KamexecFunction function, const struct action* action) {
  HostText input = {NULL, 0};
  if (function == KAMEXEC_RUN && action->val[1].u.number > 1) {
    const char* text = exec_constant_text(&action->val[3]);
    /* What is built at run time: a variable stands for it. */
    input.text = text != NULL ? text : "$var(x)";
    input.length = strlen(input.text);
  }
  return input;
}

static Call call_of(KamexecFunction function, const struct action* action) {
  const cmd_export_t* exported = action->val[0].u.data;
  const Call call = {{action->cfile, action->cline}, exported->name, input_of(function, action)};
  return call;
}

/* Why a parameter can't be used, and what to write. A command and an input have said it themselves.
 */
static const char* refusal_of(Kind kind) {
  switch (kind) {
    case COMMAND:
    case INPUT:
      break;
    case VARIABLE:
      return "it is not a variable that can be written to; give one such as $var(x) or $avp(x)";
    case AVPS:
      return "it is not a list of AVPs; write it as in $avp(a); $avp(b)";
    case ROUTE:
      return "there is no such route to resume in";
  }
  return NULL;
}

static void log_refusal(const Parameter* made, const Call* call, int number) {
  const char* why = refusal_of(made->kind);
  if (why != NULL && call->name != NULL) {
    LM_ERR("%s:%d: %s, parameter %d, \"%s\": %s\n", call->place.file, call->place.line, call->name,
           number, made->source, why);
  } else if (why != NULL) {
    const HostText name = {made->source, strlen(made->source)};
    kamexec_log_unusable_name(KAMEXEC_HERE, "a parameter given at run time", name, why);
  }
}

static int is_name(Kind kind) {
  return kind == VARIABLE || kind == AVPS || kind == ROUTE;
}

static int make(Parameter* made, KamexecFunction function, KamexecOrigin built_by,
                const Call* call) {
  const HostText text = {made->source, strlen(made->source)};
  if (!made->is_constant && is_name(made->kind) && !kamexec_name_is_plain(text)) {
    return 0;
  }
  switch (made->kind) {
    case COMMAND:
      made->is.command = made->is_constant
                             ? kamexec_command_load(function, text, call->input, call->place)
                             : kamexec_command_as_given(function, text, built_by);
      return made->is.command != NULL;
    case INPUT:
      made->is.input = made->is_constant ? kamexec_input_load(function, text, call->place)
                                         : kamexec_input_as_given(text);
      return made->is.input != NULL;
    case VARIABLE:
      made->is.variable = text.length > 0 ? host_variable_parse(text) : NULL;
      return made->is.variable != NULL || text.length == 0;
    case AVPS:
      made->is.avps = text.length > 0 ? host_avp_list_parse(text) : NULL;
      return made->is.avps != NULL || text.length == 0;
    case ROUTE:
      return host_route_find(text, &made->is.route) == 0;
  }
  return 0;
}

static void unmake(Parameter* made) {
  switch (made->kind) {
    case COMMAND:
      kamexec_command_free(made->is.command);
      break;
    case INPUT:
      kamexec_input_free(made->is.input);
      break;
    case VARIABLE:
      host_variable_free(made->is.variable);
      break;
    case AVPS:
      host_avp_list_free(made->is.avps);
      break;
    case ROUTE:
      break;
  }
}

int exec_parameter_check(ExecFunction of, const struct action* action, int number, int count,
                         char* text) {
  Parameter made;
  memset(&made, 0, sizeof(made));
  made.source = text;
  made.kind = kind_of(of, number, count);
  made.is_constant = 1;
  const Call call = call_of(of.function, action);
  if (!make(&made, of.function, KAMEXEC_FROM_SCRIPT, &call)) {
    log_refusal(&made, &call, number);
    return -1;
  }
  if (made.kind == COMMAND) {
    kamexec_command_noted(made.is.command, of.is_async);
  }
  unmake(&made);
  return 0;
}

static int fix(KamexecFunction function, int is_async, void** param, int number) {
  const ExecFunction of = {function, is_async};
  Parameter* made = pkg_malloc(sizeof(Parameter));
  if (made == NULL) {
    PKG_MEM_ERROR;
    return E_OUT_OF_MEM;
  }
  memset(made, 0, sizeof(*made));
  made->source = *param;
  made->kind = kind_of(of, number, fixup_get_param_count(param, number));
  made->is_constant = is_constant(param, number);
  Call call = {{NULL, 0}, NULL, {NULL, 0}};
  if (made->is_constant) {
    call = call_of(function, get_action_from_param(param, number));
  }
  made->usable = make(made, function, origin(param, number), &call);
  if (!made->usable) {
    log_refusal(made, &call, number);
    if (made->is_constant) {
      pkg_free(made);
      return E_CFG;
    }
  } else if (made->is_constant && made->kind == COMMAND) {
    kamexec_command_noted(made->is.command, is_async);
  }
  /* While the server runs a fixup must not fail: the host would forget the string that it made, and
   * the function would not be called. It is, and refuses. */
  *param = made;
  return 0;
}

#define FIXUP(NAME, FUNCTION)                          \
  int fixup_##NAME(void** param, int number) {         \
    return fix(FUNCTION, 0, param, number);            \
  }                                                    \
  int fixup_##NAME##_async(void** param, int number) { \
    return fix(FUNCTION, 1, param, number);            \
  }

FIXUP(dset, KAMEXEC_DSET)
FIXUP(msg, KAMEXEC_MSG)
FIXUP(avp, KAMEXEC_AVP)
FIXUP(cmd, KAMEXEC_CMD)
FIXUP(run, KAMEXEC_RUN)

int fixup_release(void** param, int number) {
  (void)number;
  Parameter* made = *param;
  *param = made->source;
  unmake(made);
  pkg_free(made);
  return 0;
}

KamexecCommand* parameter_command(char* param) {
  return ((Parameter*)param)->is.command;
}

KamexecInput* parameter_input(char* param) {
  return param != NULL ? ((Parameter*)param)->is.input : NULL;
}

HostVariable* parameter_variable(char* param) {
  return param != NULL ? ((Parameter*)param)->is.variable : NULL;
}

HostAvpList* parameter_avps(char* param) {
  return param != NULL ? ((Parameter*)param)->is.avps : NULL;
}

const HostRoute* parameter_route(char* param) {
  return param != NULL ? &((Parameter*)param)->is.route : NULL;
}

HostText parameter_name_at_run_time(char* param) {
  HostText none = {NULL, 0};
  const Parameter* made = (const Parameter*)param;
  if (made == NULL || made->is_constant) {
    return none;
  }
  HostText name = {made->source, strlen(made->source)};
  return name;
}

int parameter_usable(char* param) {
  return param == NULL || ((Parameter*)param)->usable;
}
