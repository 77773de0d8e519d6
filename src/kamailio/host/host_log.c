/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "core/dprint.h"
#include "kamailio/host/host.h"

/* A text that ends with a NUL, cut where it is longer than any of ours. */
typedef struct Name {
  char text[64];
} Name;

static Name name_of(HostText text) {
  Name name;
  snprintf(name.text, sizeof(name.text), "%.*s", (int)text.length,
           text.length > 0 ? text.text : "");
  return name;
}

static int level_of(HostLogLevel level) {
  switch (level) {
    case HOST_LOG_ERROR:
      return L_ERR;
    case HOST_LOG_WARNING:
      return L_WARN;
    case HOST_LOG_INFO:
      return L_INFO;
    case HOST_LOG_DEBUG:
      return L_DBG;
  }
  return L_ERR;
}

/* As LOG_FX of core/dprint.h fills it in for its own place. */
static void log_structured(int level, const Name* file, int line, const Name* function,
                           const char* prefix, HostText text) {
  ksr_logdata_t data = {0};
  data.v_facility = LOG2SYSLOG_LEVEL(level) | get_debug_facility(LOG_MNAME, LOG_MNAME_LEN);
  data.v_level = level;
  data.v_lname = LOG_LEVEL2NAME(level);
  data.v_fname = file->text;
  data.v_fline = line;
  data.v_mname = LOG_MNAME;
  data.v_func = function->text;
  data.v_locinfo = prefix;
  _ksr_slog_func(&data, "%.*s\n", (int)text.length, text.text);
}

void host_log(HostLogLevel level, const HostLogSource* place, HostText line) {
  const int own_level = level_of(level);
  if (get_debug_level(LOG_MNAME, LOG_MNAME_LEN) < own_level) {
    return;
  }
  const Name file = name_of(place->file);
  const Name function = name_of(place->function);
  char prefix[sizeof(Name) + 64] = LOG_MNAME ": ";
  if (place->file.length > 0) {
    snprintf(prefix, sizeof(prefix), "%s [%s:%d]: ", LOG_MNAME, file.text, place->line);
  }
  if (_ksr_slog_func != NULL) {
    log_structured(own_level, &file, place->line, &function, prefix, line);
    return;
  }
  const char* shown_function = place->function.length > 0 ? function.text : NULL;
  LOG_FX(DEFAULT_FACILITY, own_level, NULL, prefix, shown_function, "%.*s\n", (int)line.length,
         line.text);
}
