// SPDX-License-Identifier: GPL-2.0-or-later
// A SIP message of any bytes: what is read of it stands in it, and makes an environment.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "request/request_variables.h"
#include "tool/sip/message_file.h"
#include "tool/sip/sip_message.h"
#include "tool/sip/sip_uri.h"

namespace kamexec::tool {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void require_inside(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> before;
  require(part.empty() || (before(whole.data(), part.data()) &&
                           before(part.data() + part.size(), whole.data() + whole.size())));
}

void check(std::string_view bytes) {
  MessageText text = with_sip_line_ends(std::string(bytes));
  require(with_sip_line_ends(text.bytes).bytes == text.bytes);
  const Result<SipMessage> message = SipMessage::read(std::move(text.bytes), {});
  if (!message) {
    require(!message.error().message.empty());
    return;
  }
  const request::RequestFacts& facts = message->facts();
  for (const request::HeaderField& header : facts.headers) {
    require(!header.name.empty());
    require_inside(header.name, message->bytes());
    require_inside(header.body, message->bytes());
  }
  for (const std::string_view part :
       {facts.current_uri, facts.user, facts.via_branch, facts.via_host, facts.to_tag,
        facts.from_tag, facts.call_id}) {
    require_inside(part, message->bytes());
  }
  require_inside(message->body(), message->bytes());
  if (const auto uri = read_sip_uri(facts.current_uri)) {
    require_inside(uri->host, facts.current_uri);
    require_inside(uri->params, facts.current_uri);
  }
  request::RequestVariables environment;
  request::add_request(facts, {}, environment);
  require(!environment.packed().empty());
}

}  // namespace
}  // namespace kamexec::tool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::tool::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
