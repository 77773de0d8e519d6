/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the C++ side of the module offers to the C files that Kamailio calls. Nothing here throws.
 * All functions that take a message may be called in any process that runs routes; those named
 * "load" and "check" only while the configuration is loaded.
 */
#ifndef KAMEXEC_KAMAILIO_MODULE_H
#define KAMEXEC_KAMAILIO_MODULE_H

#include "kamailio/host.h"
#include "kamailio/host_transaction.h"

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
} KxParameters;
extern KxParameters kx_parameters;

/* 0, or -1 after an error that names the parameter and what it takes. */
int kx_check_parameters(void);

/* A named program: modparam("exec", "program", text). 0, or -1 after an error that names the
 * attribute. While the configuration is read. */
int kx_program_define(const char* text);
/* Adds a program that reads arguments or input as code. 0, or -1 after an error in the log. */
int kx_interpreter_add(const char* text);
/* Looks for all of them on this machine. For mod_init. 0, or -1 after an error in the log. */
int kx_programs_locate(void);
/* What processes share of them. For mod_init. */
int kx_programs_share(void);
/* Starts the first workers of what SIP workers call. For child_init of each process that takes SIP
 * requests; elsewhere the first call starts them. */
void kx_programs_start(void);
/* A named program as RPC shows it: groups of attributes and of figures, in a fixed order. Texts are
 * gone when a function returns. */
typedef struct KxProgramSink {
  void* context;
  void (*program)(void* context, const char* name);
  void (*group)(void* context, const char* name);
  void (*text)(void* context, const char* name, const char* value);
  void (*number)(void* context, const char* name, unsigned long value);
} KxProgramSink;
/* Hands over all of them, or the one of that name (empty: all). The number handed over, or -1 where
 * memory is short. Any process. */
int kx_programs(HostText name, const KxProgramSink* sink);
/* Has the workers of that program (empty: of all that have a pool) replaced. How many programs that
 * are; 0: it has no pool; -1: there is no such program. Any process. */
int kx_programs_reload(HostText name);

/* Where a call stands in the configuration. */
typedef struct KxPlace {
  const char* file; /* NULL: not known */
  int line;
} KxPlace;

/* A function's command parameter. */
typedef struct KxCommand KxCommand;
/* A text of the configuration: checked and prepared once. NULL after an error in the log. The text
 * must live as long as the command. @p input: what the call hands to standard input, as written;
 * empty: nothing. */
KxCommand* kx_command_load(KxFunction function, HostText text, HostText input, KxPlace place);
/* How many of the texts that were loaded since the start the shell can't parse; each is logged.
 * Until this was called they are only remembered: after it, each is asked for as it is loaded. */
int kx_commands_refused_by_shell(void);
/* A string built at run time: runs as given where the policy lets it. NULL after an error. */
typedef enum KxOrigin { KX_FROM_SCRIPT, KX_FROM_KEMI } KxOrigin;
KxCommand* kx_command_as_given(KxFunction function, HostText text, KxOrigin origin);
void kx_command_free(KxCommand* command);
/* Notes that the configuration has a call of it: in SIP workers or, with later, in the module's own
 * processes. Warns where such a call may hold its place for ever. */
void kx_command_noted(const KxCommand* command, int later);
/* Whether commands built at run time in the native script language may run. */
int kx_dynamic_allowed(void);
/* Logs that the call at a place is built at run time, and what to write instead. */
void kx_refuse_dynamic(KxFunction function, KxPlace place);

/* Names that a call brings, see given_name.h. */
int kx_name_is_plain(HostText name);
void kx_log_unusable_name(const char* what, HostText name, const char* why);

/* A text handed to a command's standard input. */
typedef struct KxInput KxInput;
/* With variables; NULL: one of them is none, which is logged with the call and its place. */
KxInput* kx_input_load(KxFunction function, HostText text, KxPlace place);
KxInput* kx_input_as_given(HostText text); /* a string built at run time: bytes, no variables */
void kx_input_free(KxInput* input);

/* What a function takes beside its command; NULL where not given. */
typedef struct KxArguments {
  const KxInput* input;
  HostAvpList* names;
  HostVariable* out;
  HostVariable* err;
} KxArguments;

/* Those of them that were built at run time, by name: what was parsed of them means nothing to
 * another process. Empty where they stand in the configuration, or are not given. */
typedef struct KxNames {
  HostText avps;
  HostText out;
  HostText err;
} KxNames;

/* The script's functions: 1, or a negative outcome (docs/reference/outcomes.md). Never 0. */
/* command NULL: a parameter that was built at run time can't be used, the log has said why. */
int kx_call(HostMessage* message, const KxCommand* command, const KxArguments* arguments);
/* The asynchronous ones: 0 where the script ends here and the route goes on later; a negative
 * outcome where nothing was started. With route NULL (exec_cmd_async) 1 where it was. */
int kx_call_async(HostMessage* message, const KxCommand* command, const KxArguments* arguments,
                  const KxNames* names, const HostRoute* route);

/* The same from a script engine. With values NULL the text runs as given; else it is a text with
 * $1 ... $n and count values, which may be 0. Names are empty where not given. Asynchronous ones
 * give 1 where the others give 0: a script engine's function can't end the script. */
typedef struct KxKemiCall {
  KxFunction function;
  HostMessage* message;
  HostText text;
  const HostText* values;
  size_t count;
  HostText input;
  HostText avps;
  HostText out;
  HostText err;
} KxKemiCall;
int kx_kemi(const KxKemiCall* call);
int kx_kemi_async(const KxKemiCall* call, HostText route); /* route: not for exec_cmd_async */

/* Asynchronous calls: set up in mod_init, started in child_init(PROC_MAIN). 0, or -1 after an error
 * in the log. found: the configuration has calls of asynchronous functions. */
int kx_async_init(int found);
int kx_async_start(void);
/* In child_init(PROC_INIT), before the first fork: what the server's surroundings don't let us do
 * is logged, and what kx_end_what_is_left needs is made. */
void kx_warn_of_surroundings(void);
/* In mod_destroy, when the server's other processes are gone: ends what pools' workers have
 * started, and commands that ran when their process died. Does nothing where
 * kx_warn_of_surroundings was not called. */
void kx_end_what_is_left(void);
/* How many run or wait now: all, and those of exec_cmd_async alone. Any process. */
long kx_async_under_way(void);
long kx_cmd_async_under_way(void);
/* One asynchronous call as RPC shows it. */
typedef struct KxJobView {
  unsigned long id;
  const char* label;
  size_t label_length;
  unsigned long age_ms;
  unsigned long timeout_ms;
  unsigned long bytes;
  int waited_for; /* a transaction goes on with its results */
} KxJobView;
/* Hands over at most so many, the oldest first. 0, or -1 where memory is short. Any process. */
int kx_jobs(size_t most, void (*sink)(void* context, const KxJobView* job), void* context);
/* Ends one: 0, or -1 where there is none with that id. Any process. */
int kx_job_kill(unsigned long id);
/* For the pre-script callback: gives what a command printed to the route that goes on. */
void kx_apply_resumed(HostMessage* message);

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
