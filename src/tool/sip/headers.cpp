// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/headers.h"

#include <algorithm>
#include <string>

#include "request/header_name.h"
#include "tool/sip/text.h"

namespace kamexec::tool {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string variable_of(std::string_view name) {
  std::string text(request::longest_header_variable(name.size()), '\0');
  text.resize(request::write_header_variable(name, text.data()));
  return text;
}

}  // namespace

bool is_header(std::string_view written, std::string_view name) {
  return same_name(written, name) ||
         ((written.size() == 1 || name.size() == 1) && variable_of(written) == variable_of(name));
}

const request::HeaderField* find_header(const request::RequestFacts& facts, std::string_view name) {
  const auto found = std::find_if(
      facts.headers.begin(), facts.headers.end(),
      [name](const request::HeaderField& header) { return is_header(header.name, name); });
  return found == facts.headers.end() ? nullptr : &*found;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(kWhiteSpace));
}

Result<void> check_header_counts(const request::RequestFacts& facts) {
  for (const std::string_view name :
       {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length"}) {
    const auto count = std::count_if(
        facts.headers.begin(), facts.headers.end(),
        [name](const request::HeaderField& header) { return is_header(header.name, name); });
    const bool mandatory = name != "Max-Forwards" && name != "Content-Length" && !facts.is_reply;
    if (count == 0 && mandatory) {
      return failure("there is no " + std::string(name) + ": the server drops such a request");
    }
    if (count > 1) {
      return failure("there are " + std::to_string(count) + " " + std::string(name) +
                     " header fields: the server can't read such a message");
    }
  }
  if (const request::HeaderField* cseq = find_header(facts, "CSeq")) {
    const std::string_view rest = cseq->body.substr(first_word(cseq->body).size());
    const std::string_view space = rest.substr(0, rest.find_first_not_of(kWhiteSpace));
    if (space.find_first_of("\r\n") != space.npos) {
      return failure("the CSeq is folded before its method: the server can't read that");
    }
  }
  return {};
}

}  // namespace kamexec::tool
