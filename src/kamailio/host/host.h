/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host, Kamailio, as the module's C++ side sees it: this interface and nothing else. Kamailio's
 * headers are C that C++ compilers refuse, so they are included in the host_*.c files alone; no
 * Kamailio type but an opaque message crosses over.
 *
 * All functions may be called in any process of the server that runs routes, and only by the thread
 * that runs them. None of them throws, none ends the process. Texts (HostText) are borrowed: they
 * live until the next call into the host unless said otherwise.
 */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_H
#define KAMEXEC_KAMAILIO_HOST_HOST_H

#include <stddef.h>

#include "kamailio/state/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The SIP message that a route runs for. */
typedef struct sip_msg HostMessage;

/* Bytes with a length; not NUL-terminated; text may be NULL where length is 0. */
typedef struct HostText {
  const char* text;
  size_t length;
} HostText;

/* Receives a text that is gone when it returns. */
typedef void (*HostTextSink)(void* context, HostText text) KAMEXEC_NOEXCEPT;

/* --- log (host_log.c) --- */
typedef enum HostLogLevel {
  HOST_LOG_ERROR,
  HOST_LOG_WARNING,
  HOST_LOG_INFO,
  HOST_LOG_DEBUG
} HostLogLevel;
/* What the server's lines show of where they come from: "exec [FILE:LINE]: FUNCTION(): ". */
typedef struct HostLogSource {
  HostText file; /* empty: not known */
  int line;
  HostText function; /* empty: not known */
} HostLogSource;
/* One line in the server's log, as its own macros write it from that place. */
void host_log(HostLogLevel level, const HostLogSource* place, HostText line);

/* --- the facts of a message (host_request.c) --- */
typedef struct HostFacts {
  int is_reply;
  HostText method;
  HostText current_uri;
  HostText original_uri;
  HostText user;
  HostText original_user;
  HostText source_ip;
  HostText to_tag;
  HostText via_branch;
  HostText via_host;
  HostText via_port;
  HostText from_tag;
  HostText call_id;
  HostText cseq_number;
} HostFacts;
typedef void (*HostHeaderSink)(void* context, HostText name, HostText body) KAMEXEC_NOEXCEPT;
/* Fills in facts (missing ones empty) and hands over every header field in message order. The texts
 * live as long as the message is not changed. 0, or -1 where its headers can't be parsed. */
int host_facts(HostMessage* message, HostFacts* facts, HostHeaderSink sink, void* context);
/* The message as it was received. */
HostText host_received_message(HostMessage* message);
/* The current R-URI; empty for a reply. */
HostText host_current_uri(HostMessage* message);

/* --- formats: text with pseudo-variables (host_format.c) --- */
typedef struct HostFormat HostFormat;
/* Parses a text of the configuration, which must live as long as the format. NULL: it holds
 * something that is no variable; the host has logged what. Freed by host_format_free. */
HostFormat* host_format_parse(HostText text);
void host_format_free(HostFormat* format);
/* Whether the host takes the text, "$rU", for a variable. Logs nothing. */
int host_knows_variable(HostText text);
/* The names of the modules that are loaded: "pv". */
void host_loaded_modules(HostTextSink sink, void* context);
size_t host_format_parts(const HostFormat* format);
/* Part i: fixed text, or (is_variable set) the name of a variable as written. */
HostText host_format_part(const HostFormat* format, size_t i, int* is_variable);
/* The value of the variable at part i, as the host prints it ("<null>" where there is none). Never
 * parsed again, whatever it holds. */
void host_format_value(HostMessage* message, const HostFormat* format, size_t i, HostTextSink sink,
                       void* context);

/* --- writable variables (host_variable.c) --- */
typedef struct HostVariable HostVariable;
/* NULL: no variable, or not writable; the caller says so. */
HostVariable* host_variable_parse(HostText name);
void host_variable_free(HostVariable* variable);
/* 0, or -1 where the host could not (short of memory). */
int host_variable_set(HostMessage* message, HostVariable* variable, HostText value);

/* --- AVPs (host_avp.c) --- */
typedef struct HostAvpList HostAvpList;
/* "$avp(a), $avp(b)"; NULL: something in it is no AVP; the caller says so. */
HostAvpList* host_avp_list_parse(HostText names);
void host_avp_list_free(HostAvpList* list);
/* Adds an AVP with a string value for every value: named by the list, past its end (or with list
 * NULL) by its own number, from 1. The values are those at the places from first on, of which the
 * ones before were added by calls before. All of them or, at -1, none, also of those before. */
int host_avp_add(HostMessage* message, const HostAvpList* list, size_t first,
                 const HostText* values, size_t count);
/* Takes back the values of the first count places, the only ones to have been added since. */
void host_avp_take_back(HostMessage* message, const HostAvpList* list, size_t count);

/* --- destination set (host_destination.c) --- */
/* Whether the host can parse it as a URI. */
int host_uri_valid(HostText uri);
/* Longest URI that the host takes, in bytes. */
size_t host_longest_uri(void);
/* How many branches can still be added beside the R-URI where the route takes branches, else 0. */
size_t host_branch_room(void);
/* Whether the R-URI can be set in the route that runs. */
int host_can_set_uri(HostMessage* message);
/* q in thousandths, -1: none. 0, or -1 where the host could not. */
int host_set_uri(HostMessage* message, HostText uri, int q);
int host_append_branch(HostMessage* message, HostText uri, int q);

#ifdef __cplusplus
}
#endif

#endif
