/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between Kamailio's str and HostText. For the C files that include Kamailio alone. */
#ifndef KAMEXEC_KAMAILIO_HOST_HOST_TEXT_H
#define KAMEXEC_KAMAILIO_HOST_HOST_TEXT_H

#include "core/str.h"
#include "kamailio/host/host.h"

static inline HostText host_text(const str* s) {
  HostText text = {NULL, 0};
  if (s->s != NULL && s->len > 0) {
    text.text = s->s;
    text.length = (size_t)s->len;
  }
  return text;
}

/* Kamailio's functions take char* even where they only read. */
static inline str host_str(HostText text) {
  str s;
  s.s = (char*)text.text;
  s.len = (int)text.length;
  return s;
}

#endif
