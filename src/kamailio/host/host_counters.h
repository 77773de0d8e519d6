/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics in the group "exec", as kamcmd, the stats RPCs and xhttp_prom show them. Atomic, and
 * counted for all processes together. */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_COUNTERS_H
#define KAMEXEC_KAMAILIO_HOST_HOST_COUNTERS_H

#include "kamailio/state/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* docs/reference/statistics.md tells each; the names there are those of host_counters.c. */
typedef enum HostCounter {
  HOST_COUNTER_CALLS,
  HOST_COUNTER_OK,
  HOST_COUNTER_NO,
  HOST_COUNTER_DEADLINE,
  HOST_COUNTER_NOT_STARTED,
  HOST_COUNTER_REFUSED,
  HOST_COUNTER_UNUSABLE,
  HOST_COUNTER_ASYNC_CALLS,
  HOST_COUNTER_ASYNC_GONE,
  HOST_COUNTER_DURATION_SUM,
  HOST_COUNTER_DURATION_FIRST_BUCKET,
  HOST_COUNTER_DURATION_LAST_BUCKET = HOST_COUNTER_DURATION_FIRST_BUCKET + 11,
  HOST_COUNTER_COUNT
} HostCounter;

/* A value that is read when somebody asks, in any process. */
typedef struct HostGauge {
  const char* name;
  const char* description;
  long (*read)(void) KAMEXEC_NOEXCEPT;
} HostGauge;
/* For mod_init. The gauges must live as long as the server. 0, or -1. */
int host_counters_register(const HostGauge* gauges, int count);
/* One more of the group, whose value read(context) tells whenever somebody asks, in any process.
 * For mod_init. 0, or -1 where there is one of that name. */
int host_counter_show(const char* name, const char* description,
                      long (*read)(const void* context) KAMEXEC_NOEXCEPT, const void* context);
void host_counter_add(HostCounter counter, long value);
/* Counts one duration: into the sum, and into every bucket that is not below it (as Prometheus'
 * histograms are cumulative). */
void host_count_duration(long microseconds);

/* For RPC: names and values, in a fixed order. */
int host_counters(void);
const char* host_counter_name(int i);
long host_counter_value(int i);

#ifdef __cplusplus
}
#endif

#endif
