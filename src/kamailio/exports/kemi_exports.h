/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KSR.exec.*: the functions for script engines (Lua, Python, ...). */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_KEMI_EXPORTS_H
#define KAMEXEC_KAMAILIO_EXPORTS_KEMI_EXPORTS_H

#include "core/kemi.h"

extern sr_kemi_t kemi_exports[];

#endif
