/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the C++ side of the module offers to the C files that Kamailio calls. Nothing here throws.
 * All functions that take a message may be called in any process that runs routes; those named
 * "load" and "check" only while the configuration is loaded.
 * Each goes through guarded() of host/guard.h; tests/unit/kamailio/entry_points_test.cpp lets
 * memory run out in each.
 */
#ifndef KAMEXEC_KAMAILIO_BOUNDARY_ENTRY_POINTS_H
#define KAMEXEC_KAMAILIO_BOUNDARY_ENTRY_POINTS_H

#include "kamailio/host/host.h"
#include "kamailio/host/host_transaction.h"
#include "kamailio/state/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As modparam()s have set them: exports.c has them, with their initial values. */
extern KamexecParameters kamexec_parameters;

/* 0, or -1 after an error that names the parameter and what it takes. */
int kamexec_check_parameters(void) KAMEXEC_NOEXCEPT;

/* A named program: modparam("exec", "program", text). 0, or -1 after an error that names the
 * attribute. While the configuration is read. */
int kamexec_program_define(const char* text) KAMEXEC_NOEXCEPT;
/* The programs of a file, or of a directory of files: modparam("exec", "programs_file", path). 0,
 * or -1 after an error in the log for each mistake, with file and line. While the configuration is
 * read. */
int kamexec_programs_read(const char* path) KAMEXEC_NOEXCEPT;
/* Adds a program that reads arguments or input as code. 0, or -1 after an error in the log. */
int kamexec_interpreter_add(const char* text) KAMEXEC_NOEXCEPT;
/* A command of the configuration, as written. Where it calls a program that the configuration does
 * not define, and there is a service, the program is one of the service's from now on. Before
 * kamexec_programs_locate(). */
void kamexec_program_called(HostText text, KamexecLocation place) KAMEXEC_NOEXCEPT;
/* Asks the service which programs it has; waits a second at most. How many of those that are asked
 * there it does not know, and how many calls want the output of one that it stores: each is in the
 * log, as an error with strict, else as a warning. 0 too, after a warning, where no service
 * answers. */
int kamexec_service_unknown(int strict) KAMEXEC_NOEXCEPT;
/* Looks for all of them on this machine. For mod_init. 0, or -1 after an error in the log. */
int kamexec_programs_locate(void) KAMEXEC_NOEXCEPT;
/* Whether the server may start all of them with the users, limits and nice values of their
 * definitions. For child_init(PROC_INIT): the server has given up root by then, and nothing is
 * forked. 0, or -1 after an error in the log. */
int kamexec_programs_permitted(void) KAMEXEC_NOEXCEPT;
/* What processes share of them. For mod_init. */
int kamexec_programs_share(void) KAMEXEC_NOEXCEPT;
/* Starts the first workers of what SIP workers call. For child_init of each process that takes SIP
 * requests; elsewhere the first call starts them. */
void kamexec_programs_start(void) KAMEXEC_NOEXCEPT;
/* A named program as RPC shows it: groups of attributes and of figures, in a fixed order. Texts are
 * gone when a function returns. */
typedef struct KamexecProgramSink {
  void* context;
  void (*program)(void* context, const char* name);
  void (*group)(void* context, const char* name);
  void (*text)(void* context, const char* name, const char* value);
  void (*number)(void* context, const char* name, unsigned long value);
} KamexecProgramSink;
/* Hands over all of them, or the one of that name (empty: all). The number handed over, or -1 where
 * memory is short. Any process. */
int kamexec_programs(HostText name, const KamexecProgramSink* sink) KAMEXEC_NOEXCEPT;
/* Has the workers of that program (empty: of all that have a pool) replaced. How many programs that
 * are; 0: it has no pool; -1: there is no such program. Any process. */
int kamexec_programs_reload(HostText name) KAMEXEC_NOEXCEPT;

/* A function's command parameter. */
typedef struct KamexecCommand KamexecCommand;
/* A text of the configuration: checked and prepared once. NULL after an error in the log. The text
 * must live as long as the command. @p input: what the call hands to standard input, as written;
 * empty: nothing. */
KamexecCommand* kamexec_command_load(KamexecFunction function, HostText text, HostText input,
                                     KamexecLocation place) KAMEXEC_NOEXCEPT;
/* How many of the texts that were loaded since the start the shell can't parse; each is logged.
 * Until this was called they are only remembered: after it, each is asked for as it is loaded. */
int kamexec_commands_refused_by_shell(void) KAMEXEC_NOEXCEPT;
/* A string built at run time: runs as given where the policy lets it. NULL after an error. */
typedef enum KamexecOrigin { KAMEXEC_FROM_SCRIPT, KAMEXEC_FROM_KEMI } KamexecOrigin;
KamexecCommand* kamexec_command_as_given(KamexecFunction function, HostText text,
                                         KamexecOrigin origin) KAMEXEC_NOEXCEPT;
void kamexec_command_free(KamexecCommand* command) KAMEXEC_NOEXCEPT;
/* Notes that the configuration has a call of it: in SIP workers or, with later, in the module's own
 * processes. Warns where such a call may hold its place for ever. */
void kamexec_command_noted(const KamexecCommand* command, int later) KAMEXEC_NOEXCEPT;
/* Whether commands built at run time in the native script language may run. */
int kamexec_dynamic_allowed(void) KAMEXEC_NOEXCEPT;
/* Logs that the call at a place is built at run time, and what to write instead. */
void kamexec_refuse_dynamic(KamexecFunction function, KamexecLocation place) KAMEXEC_NOEXCEPT;

/* Names that a call brings, see given_name.h. */
int kamexec_name_is_plain(HostText name) KAMEXEC_NOEXCEPT;
/* from: KAMEXEC_HERE. */
void kamexec_log_unusable_name(KamexecSource from, const char* what, HostText name,
                               const char* why) KAMEXEC_NOEXCEPT;

/* A text handed to a command's standard input. */
typedef struct KamexecInput KamexecInput;
/* With variables; NULL: one of them is none, which is logged with the call and its place. */
KamexecInput* kamexec_input_load(KamexecFunction function, HostText text,
                                 KamexecLocation place) KAMEXEC_NOEXCEPT;
KamexecInput* kamexec_input_as_given(HostText text)
    KAMEXEC_NOEXCEPT; /* a string built at run time: bytes, no variables */
void kamexec_input_free(KamexecInput* input) KAMEXEC_NOEXCEPT;

/* What a function takes beside its command; NULL where not given. */
typedef struct KamexecArguments {
  const KamexecInput* input;
  HostAvpList* names;
  HostVariable* out;
  HostVariable* err;
} KamexecArguments;

/* Those of them that were built at run time, by name: what was parsed of them means nothing to
 * another process. Empty where they stand in the configuration, or are not given. */
typedef struct KamexecNames {
  HostText avps;
  HostText out;
  HostText err;
} KamexecNames;

/* The script's functions: 1, or a negative outcome (docs/reference/outcomes.md). Never 0. */
/* command NULL: a parameter that was built at run time can't be used, the log has said why. */
int kamexec_call(HostMessage* message, const KamexecCommand* command,
                 const KamexecArguments* arguments) KAMEXEC_NOEXCEPT;
/* The asynchronous ones: 0 where the script ends here and the route goes on later; a negative
 * outcome where nothing was started. With route NULL (exec_cmd_async) 1 where it was. */
int kamexec_call_async(HostMessage* message, const KamexecCommand* command,
                       const KamexecArguments* arguments, const KamexecNames* names,
                       const HostRoute* route) KAMEXEC_NOEXCEPT;

/* The same from a script engine. With values NULL the text runs as given; else it is a text with
 * $1 ... $n and count values, which may be 0. Names are empty where not given. Asynchronous ones
 * give 1 where the others give 0: a script engine's function can't end the script. */
typedef struct KamexecKemiCall {
  KamexecFunction function;
  HostMessage* message;
  HostText text;
  const HostText* values;
  size_t count;
  HostText input;
  HostText avps;
  HostText out;
  HostText err;
} KamexecKemiCall;
int kamexec_kemi(const KamexecKemiCall* call) KAMEXEC_NOEXCEPT;
int kamexec_kemi_async(const KamexecKemiCall* call,
                       HostText route) KAMEXEC_NOEXCEPT; /* route: not for exec_cmd_async */

/* Asynchronous calls: set up in mod_init, started in child_init(PROC_MAIN). 0, or -1 after an error
 * in the log. found: the configuration has calls of asynchronous functions. */
int kamexec_async_init(int found) KAMEXEC_NOEXCEPT;
int kamexec_async_start(void) KAMEXEC_NOEXCEPT;
/* In child_init(PROC_INIT), before the first fork: what the server's surroundings don't let us do
 * is logged, and what kamexec_end_what_is_left needs is made. */
void kamexec_warn_of_surroundings(void) KAMEXEC_NOEXCEPT;
/* In mod_destroy, when the server's other processes are gone: ends what pools' workers have
 * started, and commands that ran when their process died. Does nothing where
 * kamexec_warn_of_surroundings was not called. */
void kamexec_end_what_is_left(void) KAMEXEC_NOEXCEPT;
/* How many run or wait now: all, and those of exec_cmd_async alone. Any process. */
long kamexec_async_under_way(void) KAMEXEC_NOEXCEPT;
long kamexec_cmd_async_under_way(void) KAMEXEC_NOEXCEPT;
/* One asynchronous call as RPC shows it. */
typedef struct KamexecJobView {
  unsigned long id;
  const char* label;
  size_t label_length;
  unsigned long age_ms;
  unsigned long timeout_ms;
  unsigned long bytes;
  int waited_for; /* a transaction goes on with its results */
} KamexecJobView;
/* Hands over at most so many, the oldest first. 0, or -1 where memory is short. Any process. */
int kamexec_jobs(size_t most, void (*sink)(void* context, const KamexecJobView* job),
                 void* context) KAMEXEC_NOEXCEPT;
/* Ends one: 0, or -1 where there is none with that id. Any process. */
int kamexec_job_kill(unsigned long id) KAMEXEC_NOEXCEPT;
/* For the pre-script callback: gives what a command printed to the route that goes on. */
void kamexec_apply_resumed(HostMessage* message) KAMEXEC_NOEXCEPT;

/* $exec(name): facts of the last call of this process and request. */
typedef enum KamexecFact {
  KAMEXEC_FACT_RC,
  KAMEXEC_FACT_STATUS,
  KAMEXEC_FACT_SIGNAL,
  KAMEXEC_FACT_OUTCOME,
  KAMEXEC_FACT_US,
  KAMEXEC_FACT_STDERR,
  KAMEXEC_FACT_PID,
  KAMEXEC_FACT_UNKNOWN
} KamexecFact;
KamexecFact kamexec_fact_named(HostText name) KAMEXEC_NOEXCEPT;
typedef enum KamexecFactKind { KAMEXEC_NO_VALUE, KAMEXEC_NUMBER, KAMEXEC_TEXT } KamexecFactKind;
typedef struct KamexecFactValue {
  KamexecFactKind kind;
  long number;
  HostText text; /* lives until the next call */
} KamexecFactValue;
KamexecFactValue kamexec_fact(KamexecFact fact) KAMEXEC_NOEXCEPT;
/* Forgets the last call: a new request begins. */
void kamexec_forget_last_call(void) KAMEXEC_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
