/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the calls of module functions in the parsed routes of a native configuration. */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_CONFIG_WALK_H
#define KAMEXEC_KAMAILIO_EXPORTS_CONFIG_WALK_H

#include "core/route_struct.h"

typedef void (*CallVisitor)(void* context, struct action* call);
/* Calls the visitor for every module function in every route, after parsing and before fixing. */
void config_walk(CallVisitor visit, void* context);
/* The same for those alone whose value is taken as true or false: if (f()), while (!f()),
 * f() && g(), selval(f(), a, b); not f() > 0, nor f() as a statement. */
void config_walk_truths(CallVisitor visit, void* context);

/* The parser has met an error, and may go on. In its routes there can then be things that are no
 * statements: for `name;` without brackets Kamailio 5.6 to 6.2 put the name itself there. From here
 * on nothing is read but what lies in the parser's memory, and no more of it than there can be. */
void config_in_doubt(void);
/* Whether so many bytes may be read there. */
int config_readable(const void* thing, size_t size);

#endif
