/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KEMI has no optional parameters and at most six of them, all strings then. So the safe form of a
 * function carries the number of its values in its name, as ndb_redis does it: exec_avp_p2(text,
 * first, second), with $1 and $2 in the text; exec_avp_p0(text) is a text that takes none.
 */
#include "kamailio/exports/kemi_exports.h"

#include "core/parser/msg_parser.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host_text.h"

static HostText text_of(const str* s) {
  HostText none = {NULL, 0};
  return s != NULL ? host_text(s) : none;
}

/* Of a text that takes values, and is given none. */
static const HostText no_values[1];

/* A call without results in variables; the number of its values stands in the name. */
static int call(KamexecFunction function, sip_msg_t* message, const str* text,
                const HostText* values, size_t count) {
  const KamexecKemiCall made = {.function = function,
                                .message = message,
                                .text = text_of(text),
                                .values = values,
                                .count = count};
  return kamexec_kemi(&made);
}

#define KEMI_FUNCTION(NAME, FUNCTION)                                                        \
  static int ki_##NAME(sip_msg_t* message, str* command) {                                   \
    return call(FUNCTION, message, command, NULL, 0);                                        \
  }                                                                                          \
  static int ki_##NAME##_p0(sip_msg_t* message, str* text) {                                 \
    return call(FUNCTION, message, text, no_values, 0);                                      \
  }                                                                                          \
  static int ki_##NAME##_p1(sip_msg_t* message, str* text, str* a) {                         \
    const HostText values[] = {text_of(a)};                                                  \
    return call(FUNCTION, message, text, values, 1);                                         \
  }                                                                                          \
  static int ki_##NAME##_p2(sip_msg_t* message, str* text, str* a, str* b) {                 \
    const HostText values[] = {text_of(a), text_of(b)};                                      \
    return call(FUNCTION, message, text, values, 2);                                         \
  }                                                                                          \
  static int ki_##NAME##_p3(sip_msg_t* message, str* text, str* a, str* b, str* c) {         \
    const HostText values[] = {text_of(a), text_of(b), text_of(c)};                          \
    return call(FUNCTION, message, text, values, 3);                                         \
  }                                                                                          \
  static int ki_##NAME##_p4(sip_msg_t* message, str* text, str* a, str* b, str* c, str* d) { \
    const HostText values[] = {text_of(a), text_of(b), text_of(c), text_of(d)};              \
    return call(FUNCTION, message, text, values, 4);                                         \
  }                                                                                          \
  static int ki_##NAME##_p5(sip_msg_t* message, str* text, str* a, str* b, str* c, str* d,   \
                            str* e) {                                                        \
    const HostText values[] = {text_of(a), text_of(b), text_of(c), text_of(d), text_of(e)};  \
    return call(FUNCTION, message, text, values, 5);                                         \
  }

KEMI_FUNCTION(exec_dset, KAMEXEC_DSET)
KEMI_FUNCTION(exec_msg, KAMEXEC_MSG)
KEMI_FUNCTION(exec_avp, KAMEXEC_AVP)
KEMI_FUNCTION(exec_cmd, KAMEXEC_CMD)

static KamexecKemiCall run_of(sip_msg_t* message, const str* text, const str* input, const str* out,
                              const str* err, const HostText* values, size_t count) {
  const KamexecKemiCall made = {.function = KAMEXEC_RUN,
                                .message = message,
                                .text = text_of(text),
                                .values = values,
                                .count = count,
                                .input = text_of(input),
                                .out = text_of(out),
                                .err = text_of(err)};
  return made;
}

static int run(sip_msg_t* message, const str* text, const str* input, const str* out,
               const str* err, const HostText* values, size_t count) {
  const KamexecKemiCall made = run_of(message, text, input, out, err, values, count);
  return kamexec_kemi(&made);
}

static int ki_exec_run(sip_msg_t* message, str* command, str* input, str* out, str* err) {
  return run(message, command, input, out, err, NULL, 0);
}

static int ki_exec_run_p0(sip_msg_t* message, str* text, str* input, str* out, str* err) {
  return run(message, text, input, out, err, no_values, 0);
}

static int ki_exec_run_p1(sip_msg_t* message, str* text, str* input, str* out, str* err, str* a) {
  const HostText values[] = {text_of(a)};
  return run(message, text, input, out, err, values, 1);
}

static int ki_exec_run_p2(sip_msg_t* message, str* text, str* input, str* out, str* err, str* a,
                          str* b) {
  const HostText values[] = {text_of(a), text_of(b)};
  return run(message, text, input, out, err, values, 2);
}

/* The asynchronous ones: the route is the name of a function of the script. */
static int later(KamexecFunction function, sip_msg_t* message, const str* text, const str* avps,
                 const str* route, const HostText* values, size_t count) {
  const KamexecKemiCall made = {.function = function,
                                .message = message,
                                .text = text_of(text),
                                .values = values,
                                .count = count,
                                .avps = text_of(avps)};
  return kamexec_kemi_async(&made, text_of(route));
}

#define KEMI_ASYNC_FUNCTION(NAME, FUNCTION)                                                      \
  static int ki_##NAME(sip_msg_t* message, str* command, str* route) {                           \
    return later(FUNCTION, message, command, NULL, route, NULL, 0);                              \
  }                                                                                              \
  static int ki_##NAME##_p0(sip_msg_t* message, str* text, str* route) {                         \
    return later(FUNCTION, message, text, NULL, route, no_values, 0);                            \
  }                                                                                              \
  static int ki_##NAME##_p1(sip_msg_t* message, str* text, str* route, str* a) {                 \
    const HostText values[] = {text_of(a)};                                                      \
    return later(FUNCTION, message, text, NULL, route, values, 1);                               \
  }                                                                                              \
  static int ki_##NAME##_p2(sip_msg_t* message, str* text, str* route, str* a, str* b) {         \
    const HostText values[] = {text_of(a), text_of(b)};                                          \
    return later(FUNCTION, message, text, NULL, route, values, 2);                               \
  }                                                                                              \
  static int ki_##NAME##_p3(sip_msg_t* message, str* text, str* route, str* a, str* b, str* c) { \
    const HostText values[] = {text_of(a), text_of(b), text_of(c)};                              \
    return later(FUNCTION, message, text, NULL, route, values, 3);                               \
  }

KEMI_ASYNC_FUNCTION(exec_dset_async, KAMEXEC_DSET)
KEMI_ASYNC_FUNCTION(exec_msg_async, KAMEXEC_MSG)

static int ki_exec_avp_async(sip_msg_t* message, str* command, str* avps, str* route) {
  return later(KAMEXEC_AVP, message, command, avps, route, NULL, 0);
}

static int ki_exec_avp_async_p0(sip_msg_t* message, str* text, str* avps, str* route) {
  return later(KAMEXEC_AVP, message, text, avps, route, no_values, 0);
}

static int ki_exec_avp_async_p1(sip_msg_t* message, str* text, str* avps, str* route, str* a) {
  const HostText values[] = {text_of(a)};
  return later(KAMEXEC_AVP, message, text, avps, route, values, 1);
}

static int ki_exec_avp_async_p2(sip_msg_t* message, str* text, str* avps, str* route, str* a,
                                str* b) {
  const HostText values[] = {text_of(a), text_of(b)};
  return later(KAMEXEC_AVP, message, text, avps, route, values, 2);
}

static int ki_exec_avp_async_p3(sip_msg_t* message, str* text, str* avps, str* route, str* a,
                                str* b, str* c) {
  const HostText values[] = {text_of(a), text_of(b), text_of(c)};
  return later(KAMEXEC_AVP, message, text, avps, route, values, 3);
}

static int ki_exec_cmd_async(sip_msg_t* message, str* command) {
  return later(KAMEXEC_CMD, message, command, NULL, NULL, NULL, 0);
}

static int ki_exec_cmd_async_p0(sip_msg_t* message, str* text) {
  return later(KAMEXEC_CMD, message, text, NULL, NULL, no_values, 0);
}

static int ki_exec_cmd_async_p1(sip_msg_t* message, str* text, str* a) {
  const HostText values[] = {text_of(a)};
  return later(KAMEXEC_CMD, message, text, NULL, NULL, values, 1);
}

static int ki_exec_cmd_async_p2(sip_msg_t* message, str* text, str* a, str* b) {
  const HostText values[] = {text_of(a), text_of(b)};
  return later(KAMEXEC_CMD, message, text, NULL, NULL, values, 2);
}

static int ki_exec_cmd_async_p3(sip_msg_t* message, str* text, str* a, str* b, str* c) {
  const HostText values[] = {text_of(a), text_of(b), text_of(c)};
  return later(KAMEXEC_CMD, message, text, NULL, NULL, values, 3);
}

static int run_later(sip_msg_t* message, const str* text, const str* input, const str* out,
                     const str* err, const str* route, const HostText* values, size_t count) {
  const KamexecKemiCall made = run_of(message, text, input, out, err, values, count);
  return kamexec_kemi_async(&made, text_of(route));
}

static int ki_exec_run_async(sip_msg_t* message, str* command, str* input, str* out, str* err,
                             str* route) {
  return run_later(message, command, input, out, err, route, NULL, 0);
}

static int ki_exec_run_async_p0(sip_msg_t* message, str* text, str* input, str* out, str* err,
                                str* route) {
  return run_later(message, text, input, out, err, route, no_values, 0);
}

static int ki_exec_run_async_p1(sip_msg_t* message, str* text, str* input, str* out, str* err,
                                str* route, str* a) {
  const HostText values[] = {text_of(a)};
  return run_later(message, text, input, out, err, route, values, 1);
}

#define S SR_KEMIP_STR
#define N SR_KEMIP_NONE
#define EXPORT(NAME, ...)                                         \
  {                                                               \
    str_init("exec"), str_init(#NAME), SR_KEMIP_INT, ki_##NAME, { \
      __VA_ARGS__                                                 \
    }                                                             \
  }
#define EXPORT_ALL(NAME)                                                        \
  EXPORT(NAME, S, N, N, N, N, N), EXPORT(NAME##_p0, S, N, N, N, N, N),          \
      EXPORT(NAME##_p1, S, S, N, N, N, N), EXPORT(NAME##_p2, S, S, S, N, N, N), \
      EXPORT(NAME##_p3, S, S, S, S, N, N), EXPORT(NAME##_p4, S, S, S, S, S, N), \
      EXPORT(NAME##_p5, S, S, S, S, S, S)

sr_kemi_t kemi_exports[] = {
    EXPORT_ALL(exec_dset),
    EXPORT_ALL(exec_msg),
    EXPORT_ALL(exec_avp),
    EXPORT_ALL(exec_cmd),
    EXPORT(exec_run, S, S, S, S, N, N),
    EXPORT(exec_run_p0, S, S, S, S, N, N),
    EXPORT(exec_run_p1, S, S, S, S, S, N),
    EXPORT(exec_run_p2, S, S, S, S, S, S),
    EXPORT(exec_dset_async, S, S, N, N, N, N),
    EXPORT(exec_dset_async_p0, S, S, N, N, N, N),
    EXPORT(exec_dset_async_p1, S, S, S, N, N, N),
    EXPORT(exec_dset_async_p2, S, S, S, S, N, N),
    EXPORT(exec_dset_async_p3, S, S, S, S, S, N),
    EXPORT(exec_msg_async, S, S, N, N, N, N),
    EXPORT(exec_msg_async_p0, S, S, N, N, N, N),
    EXPORT(exec_msg_async_p1, S, S, S, N, N, N),
    EXPORT(exec_msg_async_p2, S, S, S, S, N, N),
    EXPORT(exec_msg_async_p3, S, S, S, S, S, N),
    EXPORT(exec_avp_async, S, S, S, N, N, N),
    EXPORT(exec_avp_async_p0, S, S, S, N, N, N),
    EXPORT(exec_avp_async_p1, S, S, S, S, N, N),
    EXPORT(exec_avp_async_p2, S, S, S, S, S, N),
    EXPORT(exec_avp_async_p3, S, S, S, S, S, S),
    EXPORT(exec_cmd_async, S, N, N, N, N, N),
    EXPORT(exec_cmd_async_p0, S, N, N, N, N, N),
    EXPORT(exec_cmd_async_p1, S, S, N, N, N, N),
    EXPORT(exec_cmd_async_p2, S, S, S, N, N, N),
    EXPORT(exec_cmd_async_p3, S, S, S, S, N, N),
    EXPORT(exec_run_async, S, S, S, S, S, N),
    EXPORT(exec_run_async_p0, S, S, S, S, S, N),
    EXPORT(exec_run_async_p1, S, S, S, S, S, S),
    {{0, 0}, {0, 0}, 0, NULL, {0, 0, 0, 0, 0, 0}},
};
