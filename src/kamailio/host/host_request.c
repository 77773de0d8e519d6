/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of the message that a route runs for, from Kamailio's parser. */
#include <string.h>

#include "core/dprint.h"
#include "core/ip_addr.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_cseq.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_to.h"
#include "core/parser/parse_uri.h"
#include "core/parser/parse_via.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_text.h"

static const str* current_uri(HostMessage* message) {
  if (message->new_uri.s != NULL && message->new_uri.len > 0) {
    return &message->new_uri;
  }
  return &message->first_line.u.request.uri;
}

/* The user part, empty where there is none or the URI is unusable. */
static HostText user_of(const str* uri) {
  struct sip_uri parsed;
  memset(&parsed, 0, sizeof(parsed));
  if (uri->s == NULL || uri->len <= 0 || parse_uri(uri->s, uri->len, &parsed) < 0) {
    HostText none = {NULL, 0};
    return none;
  }
  return host_text(&parsed.user);
}

static void add_tags(HostMessage* message, HostFacts* facts) {
  if (message->to != NULL && get_to(message) != NULL) {
    facts->to_tag = host_text(&get_to(message)->tag_value);
  }
  if (message->from != NULL && parse_from_header(message) == 0) {
    facts->from_tag = host_text(&get_from(message)->tag_value);
  }
}

static void add_transaction(HostMessage* message, HostFacts* facts) {
  if (message->via1 != NULL) {
    facts->via_host = host_text(&message->via1->host);
    facts->via_port = host_text(&message->via1->port_str);
    if (message->via1->branch != NULL) {
      facts->via_branch = host_text(&message->via1->branch->value);
    }
  }
  if (message->callid != NULL) {
    facts->call_id = host_text(&message->callid->body);
  }
  if (message->cseq != NULL && get_cseq(message) != NULL) {
    facts->cseq_number = host_text(&get_cseq(message)->number);
  }
}

int host_facts(HostMessage* message, HostFacts* facts, HostHeaderSink sink, void* context) {
  memset(facts, 0, sizeof(*facts));
  if (parse_headers(message, HDR_EOH_F, 0) == -1) {
    return -1;
  }
  facts->is_reply = message->first_line.type == SIP_REPLY;
  if (!facts->is_reply) {
    facts->method = host_text(&message->first_line.u.request.method);
    facts->current_uri = host_text(current_uri(message));
    facts->original_uri = host_text(&message->first_line.u.request.uri);
    facts->user = user_of(current_uri(message));
    facts->original_user = user_of(&message->first_line.u.request.uri);
  }
  const char* source = ip_addr2a(&message->rcv.src_ip);
  facts->source_ip.text = source;
  facts->source_ip.length = strlen(source);
  add_tags(message, facts);
  add_transaction(message, facts);
  for (struct hdr_field* header = message->headers; header != NULL; header = header->next) {
    if (header->type != HDR_EOH_T) {
      sink(context, host_text(&header->name), host_text(&header->body));
    }
  }
  return 0;
}

HostText host_received_message(HostMessage* message) {
  HostText text = {message->buf, message->len};
  return text;
}

HostText host_current_uri(HostMessage* message) {
  HostText none = {NULL, 0};
  return message->first_line.type == SIP_REQUEST ? host_text(current_uri(message)) : none;
}
