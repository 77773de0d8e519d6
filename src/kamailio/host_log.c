/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dprint.h"
#include "kamailio/host.h"

void host_log(HostLogLevel level, HostText line) {
  const int length = (int)line.length;
  switch (level) {
    case HOST_LOG_ERROR:
      LM_ERR("%.*s\n", length, line.text);
      break;
    case HOST_LOG_WARNING:
      LM_WARN("%.*s\n", length, line.text);
      break;
    case HOST_LOG_INFO:
      LM_INFO("%.*s\n", length, line.text);
      break;
    case HOST_LOG_DEBUG:
      LM_DBG("%.*s\n", length, line.text);
      break;
  }
}
