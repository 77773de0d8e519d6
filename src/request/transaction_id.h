// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "request/request_facts.h"

namespace kamexec::request {

/// 32 lower-case hexadecimal digits, or nothing where the message lacks what identifies it.
struct TransactionId {
  std::array<char, 32> digits{};
  std::size_t size = 0;

  [[nodiscard]] std::string_view text() const { return {digits.data(), size}; }
};

/// The transaction that a message belongs to: the same for a request, its retransmissions, its
/// CANCEL (RFC 3261 section 9.1) and the ACK of its failure (section 17.1.1.3); another for any
/// other. The ACK of a 2xx is a transaction of its own (section 17.1.1.3), with its own branch.
///
/// With a branch that begins with the magic cookie (section 17.2.3): of branch and sent-by, without
/// regard to case (section 7.3.1), and, against clients that use a branch again, of Call-ID and
/// CSeq number, which CANCEL and ACK repeat. From an RFC 2543 client: of Call-ID, From tag, CSeq
/// number, original R-URI and the topmost Via; not of the To tag, which the ACK has and its INVITE
/// has not; empty where there is no Call-ID or no CSeq number.
///
/// An MD5 sum, for its size: it names a transaction and protects nothing.
[[nodiscard]] TransactionId transaction_id(const RequestFacts& facts);

}  // namespace kamexec::request
