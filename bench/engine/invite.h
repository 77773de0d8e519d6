// SPDX-License-Identifier: GPL-2.0-or-later
// An INVITE of 20 header fields, as one comes through a proxy, for the engine's benchmarks.
#pragma once

#include "request/request_facts.h"

namespace kamexec {

inline request::RequestFacts invite_facts() {
  request::RequestFacts facts;
  facts.method = "INVITE";
  facts.current_uri = "sip:+4930123456@gateway.example.com";
  facts.original_uri = "sip:+4930123456@example.com;user=phone";
  facts.user = "+4930123456";
  facts.original_user = "+4930123456";
  facts.source_ip = "192.0.2.17";
  facts.via_branch = "z9hG4bK776asdhds8f7a";
  facts.via_host = "proxy.example.com";
  facts.via_port = "5060";
  facts.from_tag = "1928301774";
  facts.call_id = "a84b4c76e66710@pc33.example.com";
  facts.cseq_number = "314159";
  facts.headers = {
      {"Via", "SIP/2.0/UDP proxy.example.com;branch=z9hG4bK776asdhds8f7a"},
      {"Via", "SIP/2.0/UDP pc33.example.com;branch=z9hG4bK776asdhds;received=192.0.2.17"},
      {"Record-Route", "<sip:proxy.example.com;lr;ftag=1928301774>"},
      {"Max-Forwards", "69"},
      {"From", "\"Alice\" <sip:alice@example.com>;tag=1928301774"},
      {"To", "<sip:+4930123456@example.com;user=phone>"},
      {"Call-ID", "a84b4c76e66710@pc33.example.com"},
      {"CSeq", "314159 INVITE"},
      {"Contact", "<sip:alice@192.0.2.17:5062;transport=udp>"},
      {"Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE, PRACK"},
      {"Supported", "replaces, 100rel, timer, path"},
      {"Session-Expires", "1800;refresher=uac"},
      {"Min-SE", "90"},
      {"User-Agent", "Example Phone 4.2.1"},
      {"P-Asserted-Identity", "\"Alice\" <sip:+4989654321@example.com>"},
      {"Privacy", "none"},
      {"Date", "Thu, 21 Feb 2002 13:02:03 GMT"},
      {"X-Account", "4711-0815"},
      {"Content-Type", "application/sdp"},
      {"Content-Length", "142"},
  };
  return facts;
}

}  // namespace kamexec
