/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/fixups.h"

#include <string.h>

#include "core/dprint.h"
#include "core/error.h"
#include "core/globals.h"
#include "core/mem/mem.h"
#include "core/mod_fix.h"
#include "core/route_struct.h"
#include "core/sr_module.h"

typedef enum Kind { COMMAND, COMMAND_LATER, INPUT, VARIABLE, AVPS, ROUTE } Kind;

typedef struct Parameter {
  char* source; /* the host wants it back when it releases a string built at run time */
  Kind kind;
  int usable;
  int is_constant;
  union {
    KxCommand* command;
    KxInput* input;
    HostVariable* variable;
    HostAvpList* avps;
    HostRoute route;
  } is;
} Parameter;

/* A constant of the native configuration. Strings built at run time come as STRING_RVE_ST; those of
 * a script engine look like constants, but the fixing of the configuration is over by then. */
static int is_constant(void** param, int number) {
  return !fixup_complete && fixup_get_param(param, number, number)->type == STRING_ST;
}

static KxOrigin origin(void** param, int number) {
  return fixup_get_param(param, number, number)->type == STRING_RVE_ST ? KX_FROM_SCRIPT
                                                                       : KX_FROM_KEMI;
}

static KxPlace place_of(void** param, int number) {
  const struct action* call = get_action_from_param(param, number);
  KxPlace place = {call->cfile, call->cline};
  return place;
}

static int make(Parameter* made, KxFunction function, void** param, int number) {
  const HostText text = {made->source, strlen(made->source)};
  const int constant = is_constant(param, number);
  switch (made->kind) {
    case COMMAND:
    case COMMAND_LATER:
      made->is.command = constant ? kx_command_load(function, text, place_of(param, number))
                                  : kx_command_as_given(function, text, origin(param, number));
      if (constant && made->is.command != NULL) {
        kx_command_noted(made->is.command, made->kind == COMMAND_LATER);
      }
      return made->is.command != NULL;
    case INPUT:
      made->is.input = constant ? kx_input_load(text) : kx_input_as_given(text);
      return made->is.input != NULL;
    case VARIABLE:
      made->is.variable = text.length > 0 ? host_variable_parse(text) : NULL;
      return made->is.variable != NULL || text.length == 0;
    case AVPS:
      made->is.avps = text.length > 0 ? host_avp_list_parse(text) : NULL;
      return made->is.avps != NULL || text.length == 0;
    case ROUTE:
      if (host_route_find(text, &made->is.route) < 0) {
        LM_ERR("there is no route[%s] to go on with\n", made->source);
        return 0;
      }
      return 1;
  }
  return 0;
}

static int fix(Kind kind, KxFunction function, void** param, int number) {
  Parameter* made = pkg_malloc(sizeof(Parameter));
  if (made == NULL) {
    PKG_MEM_ERROR;
    return E_OUT_OF_MEM;
  }
  memset(made, 0, sizeof(*made));
  made->source = *param;
  made->kind = kind;
  made->is_constant = is_constant(param, number);
  made->usable = make(made, function, param, number);
  if (!made->usable && made->is_constant) {
    pkg_free(made);
    return E_CFG;
  }
  /* While the server runs a fixup must not fail: the host would forget the string that it made, and
   * the function would not be called. It is, and refuses. */
  *param = made;
  return 0;
}

int fixup_dset(void** param, int number) {
  return fix(COMMAND, KX_DSET, param, number);
}

int fixup_msg(void** param, int number) {
  return fix(COMMAND, KX_MSG, param, number);
}

int fixup_cmd(void** param, int number) {
  return fix(COMMAND, KX_CMD, param, number);
}

int fixup_avp(void** param, int number) {
  return fix(number == 1 ? COMMAND : AVPS, KX_AVP, param, number);
}

int fixup_run(void** param, int number) {
  static const Kind kinds[] = {COMMAND, INPUT, VARIABLE, VARIABLE};
  return fix(kinds[number - 1], KX_RUN, param, number);
}

int fixup_dset_async(void** param, int number) {
  return fix(number == 1 ? COMMAND_LATER : ROUTE, KX_DSET, param, number);
}

int fixup_msg_async(void** param, int number) {
  return fix(number == 1 ? COMMAND_LATER : ROUTE, KX_MSG, param, number);
}

int fixup_avp_async(void** param, int number) {
  static const Kind kinds[] = {COMMAND_LATER, AVPS, ROUTE};
  const int last = fixup_get_param_count(param, number);
  return fix(number == last ? ROUTE : kinds[number - 1], KX_AVP, param, number);
}

int fixup_cmd_async(void** param, int number) {
  return fix(COMMAND_LATER, KX_CMD, param, number);
}

int fixup_run_async(void** param, int number) {
  static const Kind kinds[] = {COMMAND_LATER, INPUT, VARIABLE, VARIABLE, ROUTE};
  return fix(kinds[number - 1], KX_RUN, param, number);
}

int fixup_release(void** param, int number) {
  (void)number;
  Parameter* made = *param;
  *param = made->source;
  switch (made->kind) {
    case COMMAND:
    case COMMAND_LATER:
      kx_command_free(made->is.command);
      break;
    case INPUT:
      kx_input_free(made->is.input);
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
  pkg_free(made);
  return 0;
}

KxCommand* parameter_command(char* param) {
  return ((Parameter*)param)->is.command;
}

KxInput* parameter_input(char* param) {
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
