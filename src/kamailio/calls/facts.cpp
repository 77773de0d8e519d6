// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/facts.h"

#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"

namespace kamexec::module {

bool gather_facts(HostMessage* message, request::RequestFacts& facts) {
  facts.headers.clear();
  HostFacts host;
  HostCallback add([&facts](HostText name, HostText body) {
    facts.headers.push_back({view(name), view(body)});
  });
  const int parsed = host_facts(message, &host, add.call<HostText, HostText>, &add);
  add.rethrow();
  if (parsed < 0) {
    return false;
  }
  facts.is_reply = host.is_reply != 0;
  facts.method = view(host.method);
  facts.current_uri = view(host.current_uri);
  facts.original_uri = view(host.original_uri);
  facts.user = view(host.user);
  facts.original_user = view(host.original_user);
  facts.source_ip = view(host.source_ip);
  facts.to_tag = view(host.to_tag);
  facts.via_branch = view(host.via_branch);
  facts.via_host = view(host.via_host);
  facts.via_port = view(host.via_port);
  facts.from_tag = view(host.from_tag);
  facts.call_id = view(host.call_id);
  facts.cseq_number = view(host.cseq_number);
  return true;
}

}  // namespace kamexec::module
