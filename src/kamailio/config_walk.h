/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the calls of module functions in the parsed routes of a native configuration. */
#ifndef KAMEXEC_KAMAILIO_CONFIG_WALK_H
#define KAMEXEC_KAMAILIO_CONFIG_WALK_H

#include "core/route_struct.h"

typedef void (*CallVisitor)(void* context, struct action* call);
/* Calls the visitor for every module function in every route, after parsing and before fixing. */
void config_walk(CallVisitor visit, void* context);

#endif
