// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <memory_resource>

#include "request/header_variables.h"
#include "request/request_variables.h"
#include "request/transaction_id.h"
#include "request/value_text.h"

namespace kamexec::request {
namespace {

constexpr char kSeparator = ',';
// Bytes on the stack for the bookkeeping of one message: about 60 header fields. One with more
// takes what is over from the heap.
constexpr std::size_t kScratch = 8192;

class RequestWriter {
 public:
  RequestWriter(const EnvironmentOptions& options, RequestVariables& out)
      : bash_safety_(options.bash_safety), out_(out) {}

  void add(std::string_view name, std::string_view value) {
    out_.set_written(name,
                     [&](std::string& bytes) { append_value_text(bytes, value, bash_safety_); });
  }

  void add_headers(const std::vector<HeaderField>& headers) {
    alignas(std::max_align_t) std::array<std::byte, kScratch> scratch;
    std::pmr::monotonic_buffer_resource memory(scratch.data(), scratch.size());
    const HeaderVariables variables(headers, &memory);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (variables.is_first(i)) {
        add_joined(headers, variables, i);
      }
    }
  }

 private:
  void add_joined(const std::vector<HeaderField>& headers, const HeaderVariables& variables,
                  std::size_t first) {
    out_.set_written(variables.name(first), [&](std::string& bytes) {
      append_value_text(bytes, headers[first].body, bash_safety_);
      for (std::size_t i = variables.next(first); i != HeaderVariables::kNone;
           i = variables.next(i)) {
        bytes += kSeparator;
        append_value_text(bytes, headers[i].body, bash_safety_);
      }
    });
  }

  bool bash_safety_;
  RequestVariables& out_;
};

}  // namespace

void add_request(const RequestFacts& facts, const EnvironmentOptions& options,
                 RequestVariables& out) {
  RequestWriter writer(options, out);
  writer.add_headers(facts.headers);
  writer.add("SIP_TID", transaction_id(facts).text());
  writer.add("SIP_DID", facts.to_tag);
  writer.add("SIP_SRCIP", facts.source_ip);
  if (facts.is_reply) {
    return;
  }
  writer.add("SIP_RURI", facts.current_uri);
  writer.add("SIP_ORURI", facts.original_uri);
  writer.add("SIP_ORUI", facts.original_uri);  // what the stock module sets, a slip of the pen
  writer.add("SIP_USER", facts.user);
  writer.add("SIP_OUSER", facts.original_user);
}

}  // namespace kamexec::request
