/* SPDX-License-Identifier: GPL-2.0-or-later */
/* $exec(...), in Kamailio's prototypes for a module's own pseudo-variables. */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_EXEC_VARIABLE_H
#define KAMEXEC_KAMAILIO_EXPORTS_EXEC_VARIABLE_H

#include "core/pvar.h"

int exec_variable_parse(pv_spec_t* spec, str* name);
int exec_variable_get(struct sip_msg* message, pv_param_t* param, pv_value_t* result);

#endif
