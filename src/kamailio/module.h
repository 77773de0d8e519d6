/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the C++ side of the module offers to the C files that Kamailio calls. Nothing here throws.
 * All functions that take a message may be called in any process that runs routes; those named
 * "load" and "check" only while the configuration is loaded.
 */
#ifndef KAMEXEC_KAMAILIO_MODULE_H
#define KAMEXEC_KAMAILIO_MODULE_H

#include "kamailio/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum KxFunction { KX_DSET, KX_MSG, KX_AVP, KX_CMD, KX_RUN } KxFunction;

/* modparam()s as the host stores them; docs/reference/parameters.md tells each. */
typedef struct KxParameters {
  int setvars;
  int time_to_kill; /* seconds, 0: none; exec_timer too */
  int deadline_ms;  /* milliseconds, 0: as time_to_kill says */
  int kill_grace_ms;
  int output_limit; /* bytes */
  int error_limit;  /* bytes */
  int bash_safety;
  char* environment;      /* "*" or names, separated by commas or spaces */
  char* dynamic_commands; /* "auto", "allow", "refuse" */
} KxParameters;
extern KxParameters kx_parameters;

/* 0, or -1 after an error that names the parameter and what it takes. */
int kx_check_parameters(void);

/* Where a call stands in the configuration. */
typedef struct KxPlace {
  const char* file; /* NULL: not known */
  int line;
} KxPlace;

/* A function's command parameter. */
typedef struct KxCommand KxCommand;
/* A text of the configuration: checked and prepared once. NULL after an error in the log. The text
 * must live as long as the command. */
KxCommand* kx_command_load(KxFunction function, HostText text, KxPlace place);
/* A string built at run time: runs as given where the policy lets it. NULL after an error. */
typedef enum KxOrigin { KX_FROM_SCRIPT, KX_FROM_KEMI } KxOrigin;
KxCommand* kx_command_as_given(KxFunction function, HostText text, KxOrigin origin);
void kx_command_free(KxCommand* command);
/* Whether commands built at run time in the native script language may run. */
int kx_dynamic_allowed(void);
/* Logs that the call at a place is built at run time, and what to write instead. */
void kx_refuse_dynamic(KxFunction function, KxPlace place);
/* As kx_command_load without keeping the command: 0, or -1 after an error in the log. */
int kx_command_check(KxFunction function, HostText text, KxPlace place);

/* A text handed to a command's standard input. */
typedef struct KxInput KxInput;
KxInput* kx_input_load(HostText text);     /* with variables */
KxInput* kx_input_as_given(HostText text); /* a string built at run time: bytes, no variables */
void kx_input_free(KxInput* input);

/* The script's functions: 1, or a negative outcome (docs/reference/outcomes.md). Never 0. */
int kx_dset(HostMessage* message, const KxCommand* command);
int kx_msg(HostMessage* message, const KxCommand* command);
int kx_avp(HostMessage* message, const KxCommand* command, HostAvpList* names);
int kx_cmd(HostMessage* message, const KxCommand* command);
/* input, out and err may be NULL. */
int kx_run(HostMessage* message, const KxCommand* command, const KxInput* input, HostVariable* out,
           HostVariable* err);

/* The same from a script engine. With values NULL the text runs as given; else it is a text with
 * $1 ... $n and count values. */
int kx_kemi(KxFunction function, HostMessage* message, HostText text, const HostText* values,
            size_t count);
int kx_kemi_run(HostMessage* message, HostText text, HostText input, HostText out, HostText err,
                const HostText* values, size_t count);

/* $exec(name): facts of the last call of this process and request. */
typedef enum KxFact {
  KX_FACT_RC,
  KX_FACT_STATUS,
  KX_FACT_SIGNAL,
  KX_FACT_OUTCOME,
  KX_FACT_US,
  KX_FACT_STDERR,
  KX_FACT_PID,
  KX_FACT_UNKNOWN
} KxFact;
KxFact kx_fact_named(HostText name);
typedef enum KxFactKind { KX_NO_VALUE, KX_NUMBER, KX_TEXT } KxFactKind;
typedef struct KxFactValue {
  KxFactKind kind;
  long number;
  HostText text; /* lives until the next call */
} KxFactValue;
KxFactValue kx_fact(KxFact fact);
/* Forgets the last call: a new request begins. */
void kx_forget_last_call(void);

#ifdef __cplusplus
}
#endif

#endif
