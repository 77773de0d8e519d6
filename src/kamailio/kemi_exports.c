/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KEMI has no optional parameters and at most six of them, all strings then. So the safe form of a
 * function carries the number of its values in its name, as ndb_redis does it: exec_avp_p2(text,
 * first, second), with $1 and $2 in the text.
 */
#include "kamailio/kemi_exports.h"

#include "core/parser/msg_parser.h"
#include "kamailio/host_text.h"
#include "kamailio/module.h"

static HostText text_of(const str* s) {
  HostText none = {NULL, 0};
  return s != NULL ? host_text(s) : none;
}

/* One function as given and with one to five values. */
#define KEMI_FUNCTION(NAME, FUNCTION)                                                        \
  static int ki_##NAME(sip_msg_t* message, str* command) {                                   \
    return kx_kemi(FUNCTION, message, text_of(command), NULL, 0);                            \
  }                                                                                          \
  static int ki_##NAME##_p1(sip_msg_t* message, str* text, str* a) {                         \
    const HostText values[] = {text_of(a)};                                                  \
    return kx_kemi(FUNCTION, message, text_of(text), values, 1);                             \
  }                                                                                          \
  static int ki_##NAME##_p2(sip_msg_t* message, str* text, str* a, str* b) {                 \
    const HostText values[] = {text_of(a), text_of(b)};                                      \
    return kx_kemi(FUNCTION, message, text_of(text), values, 2);                             \
  }                                                                                          \
  static int ki_##NAME##_p3(sip_msg_t* message, str* text, str* a, str* b, str* c) {         \
    const HostText values[] = {text_of(a), text_of(b), text_of(c)};                          \
    return kx_kemi(FUNCTION, message, text_of(text), values, 3);                             \
  }                                                                                          \
  static int ki_##NAME##_p4(sip_msg_t* message, str* text, str* a, str* b, str* c, str* d) { \
    const HostText values[] = {text_of(a), text_of(b), text_of(c), text_of(d)};              \
    return kx_kemi(FUNCTION, message, text_of(text), values, 4);                             \
  }                                                                                          \
  static int ki_##NAME##_p5(sip_msg_t* message, str* text, str* a, str* b, str* c, str* d,   \
                            str* e) {                                                        \
    const HostText values[] = {text_of(a), text_of(b), text_of(c), text_of(d), text_of(e)};  \
    return kx_kemi(FUNCTION, message, text_of(text), values, 5);                             \
  }

KEMI_FUNCTION(exec_dset, KX_DSET)
KEMI_FUNCTION(exec_msg, KX_MSG)
KEMI_FUNCTION(exec_avp, KX_AVP)
KEMI_FUNCTION(exec_cmd, KX_CMD)

static int ki_exec_run(sip_msg_t* message, str* command, str* input, str* out, str* err) {
  return kx_kemi_run(message, text_of(command), text_of(input), text_of(out), text_of(err), NULL,
                     0);
}

static int ki_exec_run_p1(sip_msg_t* message, str* text, str* input, str* out, str* err, str* a) {
  const HostText values[] = {text_of(a)};
  return kx_kemi_run(message, text_of(text), text_of(input), text_of(out), text_of(err), values, 1);
}

static int ki_exec_run_p2(sip_msg_t* message, str* text, str* input, str* out, str* err, str* a,
                          str* b) {
  const HostText values[] = {text_of(a), text_of(b)};
  return kx_kemi_run(message, text_of(text), text_of(input), text_of(out), text_of(err), values, 2);
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
  EXPORT(NAME, S, N, N, N, N, N), EXPORT(NAME##_p1, S, S, N, N, N, N),          \
      EXPORT(NAME##_p2, S, S, S, N, N, N), EXPORT(NAME##_p3, S, S, S, S, N, N), \
      EXPORT(NAME##_p4, S, S, S, S, S, N), EXPORT(NAME##_p5, S, S, S, S, S, S)

sr_kemi_t kemi_exports[] = {
    EXPORT_ALL(exec_dset),
    EXPORT_ALL(exec_msg),
    EXPORT_ALL(exec_avp),
    EXPORT_ALL(exec_cmd),
    EXPORT(exec_run, S, S, S, S, N, N),
    EXPORT(exec_run_p1, S, S, S, S, S, N),
    EXPORT(exec_run_p2, S, S, S, S, S, S),
    {{0, 0}, {0, 0}, 0, NULL, {0, 0, 0, 0, 0, 0}},
};
