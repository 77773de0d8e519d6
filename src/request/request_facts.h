// SPDX-License-Identifier: GPL-2.0-or-later
// The facts of one SIP message as plain data. A host fills it in from its own parser.
#pragma once

#include <string_view>
#include <vector>

namespace kamexec::request {

/// One header field in message order: the name as written (compact or long), the body as received,
/// without the colon and the final CRLF; folding (RFC 3261 section 7.3.1) still in it.
struct HeaderField {
  std::string_view name;
  std::string_view body;
};

/// All views point into the host's message, and live as long as it does. Missing: empty.
struct RequestFacts {
  bool is_reply = false;  ///< a reply has no R-URI: the URI variables are not set
  std::string_view method;
  std::string_view current_uri;    ///< the R-URI as the script has it now
  std::string_view original_uri;   ///< the R-URI as it came
  std::string_view user;           ///< user part of the current R-URI
  std::string_view original_user;  ///< user part of the original R-URI
  std::string_view source_ip;
  std::string_view to_tag;
  // What identifies the transaction (RFC 3261 sections 17.2.3 and 9.2).
  std::string_view via_branch;
  std::string_view via_host;
  std::string_view via_port;
  std::string_view from_tag;
  std::string_view call_id;
  std::string_view cseq_number;
  std::vector<HeaderField> headers;
};

}  // namespace kamexec::request
