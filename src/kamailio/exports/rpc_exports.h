/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec.*: remote procedure calls (kamcmd, jsonrpcs). They run in the processes of ctl or jsonrpcs.
 */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_RPC_EXPORTS_H
#define KAMEXEC_KAMAILIO_EXPORTS_RPC_EXPORTS_H

#include "core/rpc.h"

extern rpc_export_t rpc_exports[];

#endif
