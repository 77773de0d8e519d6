/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types that the C files and the C++ files of the module share, and that all of its parts use. */
#ifndef KAMEXEC_KAMAILIO_STATE_TYPES_H
#define KAMEXEC_KAMAILIO_STATE_TYPES_H

/* Of functions that C calls, and of pointers to functions that C calls back. In the type of a
 * pointer it has the C++ compiler refuse every function that isn't noexcept itself. */
#ifdef __cplusplus
#define KAMEXEC_NOEXCEPT noexcept
#else
#define KAMEXEC_NOEXCEPT
#endif

/* Where a line of the log comes from. */
typedef struct KamexecSource {
  const char* file;
  int line;
  const char* function;
} KamexecSource;
/* The place that it is written at. */
#define KAMEXEC_HERE ((KamexecSource){__FILE__, __LINE__, __func__})

/* A function of the script; its asynchronous form too. */
typedef enum KamexecFunction {
  KAMEXEC_DSET,
  KAMEXEC_MSG,
  KAMEXEC_AVP,
  KAMEXEC_CMD,
  KAMEXEC_RUN
} KamexecFunction;

/* modparam()s as the host stores them; docs/reference/parameters.md tells each. */
typedef struct KamexecParameters {
  int setvars;
  int time_to_kill; /* seconds, 0: none; exec_timer too */
  int deadline_ms;  /* milliseconds, 0: as time_to_kill says */
  int kill_grace_ms;
  int output_limit; /* bytes */
  int error_limit;  /* bytes */
  int lines_limit;  /* lines of output for exec_dset and exec_avp */
  int bash_safety;
  char* environment; /* "*" or names, separated by commas or spaces */
  char* interpreted_values;
  char* dynamic_commands; /* "auto", "allow", "refuse" */
  int workers;            /* processes for asynchronous calls, -1: one where there are such calls */
  int async_running;      /* commands at once */
  int async_waiting;      /* commands that wait */
  int cmd_async_running;  /* the same of exec_cmd_async */
  int cmd_async_waiting;
  int failures_logged; /* lines a second of each process */
  int log_stderr;
  char* service; /* path of kamexecd's socket; empty: none */
} KamexecParameters;

/* Where a call stands in the configuration. */
typedef struct KamexecLocation {
  const char* file; /* NULL: not known */
  int line;
} KamexecLocation;

#endif
