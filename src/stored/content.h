// SPDX-License-Identifier: GPL-2.0-or-later
// The values of a notification as the bytes that a row of the database holds.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "stored/notification.h"

namespace kamexec::stored {

/// A row has two parts, so that a list needn't read the second. Both end with a checksum: SQLite
/// finds damage to the structure of its pages, but not to the values in them.
struct Content {
  std::string head;  ///< id, program, order, call, arguments
  std::string body;  ///< id, variables, uri, message, input
};

/// A notification that can be kept: its id is one, its name has 1 to 64 bytes, its arguments have
/// no NUL, its variables are empty or end with a NUL, and each value is below 4 GiB. Else the error
/// says what is wrong with it.
[[nodiscard]] Result<Content> encode(const Notification& notification);

/// The id's bytes, as encode() has put them into the content.
[[nodiscard]] std::string_view id_in(const Content& content);

/// Reads what encode() has made into the same values. Any bytes may come; the error says what is
/// wrong with them, and values may have been changed then.
[[nodiscard]] Result<void> decode_head(std::string_view bytes, Notification& into);
/// @p into: with the id that decode_head() has read.
[[nodiscard]] Result<void> decode_body(std::string_view bytes, Notification& into);

/// The end of a part, which says that the bytes before it are those that were written.
[[nodiscard]] std::string checksum_of(std::string_view bytes);

}  // namespace kamexec::stored
