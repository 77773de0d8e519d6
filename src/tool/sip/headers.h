// SPDX-License-Identifier: GPL-2.0-or-later
// Header fields by name, and how many of each the server takes.
#pragma once

#include <string_view>

#include "base/error.h"
#include "request/request_facts.h"

namespace kamexec::tool {

/// Whether a header field's name is @p name ("Call-ID"), or its compact form (RFC 3261 section
/// 7.3.3, and IANA's registry); case does not count. Either may be the compact one.
[[nodiscard]] bool is_header(std::string_view written, std::string_view name);

/// The first of that name; nullptr: there is none.
[[nodiscard]] const request::HeaderField* find_header(const request::RequestFacts& facts,
                                                      std::string_view name);

/// @p text up to its first white space.
[[nodiscard]] std::string_view first_word(std::string_view text);

/// What Kamailio 5.6 drops a message for, or can't read its headers, so that no call is made: a
/// request without From, To, Call-ID or CSeq; two of these, or of Max-Forwards or Content-Length;
/// a CSeq with a fold in front of its method.
[[nodiscard]] Result<void> check_header_counts(const request::RequestFacts& facts);

}  // namespace kamexec::tool
