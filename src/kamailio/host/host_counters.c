/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/host/host_counters.h"

#include "core/counters.h"
#include "core/dprint.h"
#include "core/mem/mem.h"

static const struct {
  const char* name;
  const char* description;
} counters[HOST_COUNTER_COUNT] = {
    {"calls", "calls of the module's functions"},
    {"ok", "calls whose program exited with status 0"},
    {"no", "calls whose program exited with another status, or was killed by a foreign signal"},
    {"deadline", "calls that were ended at their deadline, or cancelled"},
    {"not_started", "calls whose program could not be started"},
    {"refused", "calls that were refused: limits, values that can't be passed"},
    {"unusable", "calls whose output or input could not be used"},
    {"async_calls", "asynchronous calls that were accepted"},
    {"async_gone", "asynchronous calls whose transaction was over when they ended"},
    {"duration_us_sum", "microseconds of all calls without the refused ones"},
    {"duration_us_le_1000", "calls of at most 1 ms"},
    {"duration_us_le_2000", "calls of at most 2 ms"},
    {"duration_us_le_5000", "calls of at most 5 ms"},
    {"duration_us_le_10000", "calls of at most 10 ms"},
    {"duration_us_le_20000", "calls of at most 20 ms"},
    {"duration_us_le_50000", "calls of at most 50 ms"},
    {"duration_us_le_100000", "calls of at most 100 ms"},
    {"duration_us_le_200000", "calls of at most 200 ms"},
    {"duration_us_le_500000", "calls of at most 500 ms"},
    {"duration_us_le_1000000", "calls of at most 1 s"},
    {"duration_us_le_5000000", "calls of at most 5 s"},
    {"duration_us_le_inf", "calls without the refused ones"},
};

static const long bounds[] = {1000,   2000,   5000,   10000,   20000,  50000,
                              100000, 200000, 500000, 1000000, 5000000};

static counter_handle_t handles[HOST_COUNTER_COUNT];
static const HostGauge* gauges;
static int gauge_count;

static counter_val_t show_gauge(counter_handle_t handle, void* gauge) {
  (void)handle;
  return ((const HostGauge*)gauge)->read();
}

int host_counters_register(const HostGauge* shown, int count) {
  for (int i = 0; i < HOST_COUNTER_COUNT; i++) {
    if (counter_register(&handles[i], "exec", counters[i].name, 0, 0, 0, counters[i].description,
                         0) < 0) {
      LM_ERR("the counter exec.%s can't be registered\n", counters[i].name);
      return -1;
    }
  }
  gauges = shown;
  gauge_count = count;
  for (int i = 0; i < count; i++) {
    counter_handle_t handle;
    if (counter_register(&handle, "exec", shown[i].name, 0, show_gauge, (void*)&shown[i],
                         shown[i].description, 0) < 0) {
      LM_ERR("the counter exec.%s can't be registered\n", shown[i].name);
      return -1;
    }
  }
  return 0;
}

typedef struct Shown {
  long (*read)(const void* context);
  const void* context;
} Shown;

static counter_val_t show(counter_handle_t handle, void* shown) {
  (void)handle;
  const Shown* one = shown;
  return one->read(one->context);
}

int host_counter_show(const char* name, const char* description, long (*read)(const void* context),
                      const void* context) {
  counter_handle_t handle;
  Shown* one = pkg_malloc(sizeof(Shown)); /* the server's until its end */
  if (one == NULL) {
    PKG_MEM_ERROR;
    return -1;
  }
  one->read = read;
  one->context = context;
  if (counter_register(&handle, "exec", name, 0, show, one, description, 0) < 0) {
    pkg_free(one);
    return -1;
  }
  return 0;
}

void host_counter_add(HostCounter counter, long value) {
  counter_add(handles[counter], (int)value);
}

void host_count_duration(long microseconds) {
  host_counter_add(HOST_COUNTER_DURATION_SUM, microseconds);
  host_counter_add(HOST_COUNTER_DURATION_LAST_BUCKET, 1);
  for (int i = 0; i < (int)(sizeof(bounds) / sizeof(bounds[0])); i++) {
    if (microseconds <= bounds[i]) {
      host_counter_add((HostCounter)(HOST_COUNTER_DURATION_FIRST_BUCKET + i), 1);
    }
  }
}

int host_counters(void) {
  return HOST_COUNTER_COUNT + gauge_count;
}

const char* host_counter_name(int i) {
  return i < HOST_COUNTER_COUNT ? counters[i].name : gauges[i - HOST_COUNTER_COUNT].name;
}

long host_counter_value(int i) {
  return i < HOST_COUNTER_COUNT ? counter_get_val(handles[i])
                                : gauges[i - HOST_COUNTER_COUNT].read();
}
