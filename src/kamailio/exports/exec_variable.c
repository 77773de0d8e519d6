/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/exports/exec_variable.h"

#include <limits.h>

#include "core/dprint.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host_text.h"

int exec_variable_parse(pv_spec_t* spec, str* name) {
  const KamexecFact fact = kamexec_fact_named(host_text(name));
  if (fact == KAMEXEC_FACT_UNKNOWN) {
    kamexec_log_unusable_name(KAMEXEC_HERE, "$exec", host_text(name),
                              "there are rc, status, signal, outcome, us, stderr, pid");
    return -1;
  }
  spec->pvp.pvn.type = PV_NAME_INTSTR;
  spec->pvp.pvn.u.isname.type = 0;
  spec->pvp.pvn.u.isname.name.n = (int)fact;
  return 0;
}

int exec_variable_get(struct sip_msg* message, pv_param_t* param, pv_value_t* result) {
  const KamexecFactValue value = kamexec_fact((KamexecFact)param->pvn.u.isname.name.n);
  str text;
  switch (value.kind) {
    case KAMEXEC_NUMBER:
      /* The host's variables hold an int: 35 minutes in microseconds. */
      return pv_get_sintval(message, param, result,
                            value.number > INT_MAX ? INT_MAX : (int)value.number);
    case KAMEXEC_TEXT:
      text = host_str(value.text);
      if (text.s == NULL) {
        text.s = "";
      }
      return pv_get_strval(message, param, result, &text);
    case KAMEXEC_NO_VALUE:
      break;
  }
  return pv_get_null(message, param, result);
}
