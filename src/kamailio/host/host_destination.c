/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The R-URI and the branches beside it. */
#include <string.h>

#include "core/config.h"
#include "core/dset.h"
#include "core/globals.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_uri.h"
#include "core/route.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_text.h"

int host_uri_valid(HostText uri) {
  struct sip_uri parsed;
  memset(&parsed, 0, sizeof(parsed));
  if (uri.length == 0 || uri.length > host_longest_uri()) {
    return 0;
  }
  return parse_uri((char*)uri.text, (int)uri.length, &parsed) == 0;
}

size_t host_longest_uri(void) {
  return MAX_URI_SIZE - 1;
}

size_t host_branch_room(void) {
  /* A branch route is one branch already, and a local request has one destination: what is appended
   * there would show up in another request. */
  if (!is_route_type(REQUEST_ROUTE | FAILURE_ROUTE)) {
    return 0;
  }
  const int room = (int)sr_dst_max_branches - 1 - (int)nr_branches;
  return room > 0 ? (size_t)room : 0;
}

int host_can_set_uri(HostMessage* message) {
  return message->first_line.type == SIP_REQUEST &&
         is_route_type(REQUEST_ROUTE | FAILURE_ROUTE | BRANCH_ROUTE | LOCAL_ROUTE);
}

int host_set_uri(HostMessage* message, HostText uri, int q) {
  str s = host_str(uri);
  if (rewrite_uri(message, &s) < 0) {
    return -1;
  }
  set_ruri_q(q < 0 ? Q_UNSPECIFIED : q);
  return 0;
}

int host_append_branch(HostMessage* message, HostText uri, int q) {
  str s = host_str(uri);
  return append_branch(message, &s, 0, 0, q < 0 ? Q_UNSPECIFIED : q, 0, 0, 0, 0, 0, 0) < 0 ? -1 : 0;
}
