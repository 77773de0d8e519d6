// SPDX-License-Identifier: GPL-2.0-or-later
// What came in a SIP message as the text of an environment variable.
#pragma once

#include <string>
#include <string_view>

namespace kamexec::request {

/// Appends @p raw to @p out as one line without NUL:
/// - white space at both ends goes (SP, HTAB, CR, LF, NUL);
/// - white space with a CR or LF in it becomes one space: a fold is that (RFC 3261 section 7.3.1),
///   and a bare CR or LF is no better;
/// - any other NUL becomes a space (as RFC 9110 section 5.5 advises for HTTP);
/// - with @p bash_safety, what then begins with `() {` loses the `()`.
/// Linear in the size of @p raw, which must not point into @p out.
void append_value_text(std::string& out, std::string_view raw, bool bash_safety);

}  // namespace kamexec::request
