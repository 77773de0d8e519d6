/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables that a route can write to, as results of a command. */
#include <string.h>

#include "core/dprint.h"
#include "core/lvalue.h"
#include "core/mem/mem.h"
#include "core/pvar.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_text.h"

struct HostVariable {
  pv_spec_t spec;
};

HostVariable* host_variable_parse(HostText name) {
  HostVariable* variable = pkg_malloc(sizeof(HostVariable));
  if (variable == NULL) {
    PKG_MEM_ERROR;
    return NULL;
  }
  memset(variable, 0, sizeof(*variable));
  str s = host_str(name);
  char* end = pv_parse_spec(&s, &variable->spec);
  if (end == NULL || end != s.s + s.len || !pv_is_w(&variable->spec)) {
    pkg_free(variable);
    return NULL;
  }
  return variable;
}

void host_variable_free(HostVariable* variable) {
  if (variable != NULL) {
    pkg_free(variable);
  }
}

int host_variable_set(HostMessage* message, HostVariable* variable, HostText value) {
  static char empty[1] = "";
  pv_value_t result;
  memset(&result, 0, sizeof(result));
  result.flags = PV_VAL_STR;
  result.rs = host_str(value);
  if (result.rs.s == NULL) {
    result.rs.s = empty;
  }
  return pv_set_spec_value(message, &variable->spec, EQ_T, &result) < 0 ? -1 : 0;
}
