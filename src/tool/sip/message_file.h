// SPDX-License-Identifier: GPL-2.0-or-later
// Where a message for trying comes from: a file, standard input, a capture.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "tool/sip/sip_message.h"

namespace kamexec::tool {

/// A message's bytes and what was done to them.
struct MessageText {
  std::string bytes;
  std::vector<std::string> notes;  ///< for the person, in words
};

/// More than any SIP message: the server takes 64 KiB over UDP.
inline constexpr std::size_t kLongestMessage = std::size_t{1} << 20;

/// All of the file @p path; "-" is standard input. Errors: it can't be read, or is longer than
/// kLongestMessage.
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path);

/// What editors make of a message, undone: line ends of LF alone in the header part become CRLF,
/// and a missing empty line at its end is added. The body stays as it is.
[[nodiscard]] MessageText with_sip_line_ends(std::string bytes);

}  // namespace kamexec::tool
