// SPDX-License-Identifier: GPL-2.0-or-later
// One SIP message read without a server, as far as commands see messages.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "request/request_facts.h"
#include "tool/sip/sip_address.h"

namespace kamexec::tool {

/// Whom a message came from.
struct MessageSource {
  std::string ip = "127.0.0.1";
  unsigned port = 5060;
};

/// Owns the message's bytes; all views that it gives out live as long as it does, moved or not.
class SipMessage {
 public:
  /// Reads a request or a reply. Lenient where the server is; an error for what it would drop
  /// unseen (no Via, From, To, Call-ID or CSeq; a header that is none), and for what libre does not
  /// take: a Via without a branch (RFC 2543), a CSeq without a number.
  [[nodiscard]] static Result<SipMessage> read(std::string bytes, MessageSource source);

  /// What the environment is made of: the facts that the module gathers from the server's parser.
  [[nodiscard]] const request::RequestFacts& facts() const { return facts_; }
  /// The message as received.
  [[nodiscard]] std::string_view bytes() const { return *bytes_; }
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] const MessageSource& source() const { return *source_; }
  /// The first of each; nothing where it is missing or no address.
  [[nodiscard]] const std::optional<SipAddress>& from() const { return from_; }
  [[nodiscard]] const std::optional<SipAddress>& to() const { return to_; }
  /// Of a reply.
  [[nodiscard]] std::string_view status() const { return status_; }
  [[nodiscard]] std::string_view reason() const { return reason_; }

 private:
  SipMessage() = default;
  [[nodiscard]] Result<void> parse();
  void take_known_headers();

  std::unique_ptr<const std::string> bytes_;
  std::unique_ptr<const MessageSource> source_;
  request::RequestFacts facts_;
  std::optional<SipAddress> from_;
  std::optional<SipAddress> to_;
  std::string_view status_;
  std::string_view reason_;
  std::string_view body_;
};

}  // namespace kamexec::tool
