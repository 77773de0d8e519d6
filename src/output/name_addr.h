// SPDX-License-Identifier: GPL-2.0-or-later
// One address as RFC 3261 section 25.1 writes it: name-addr with its parameters, or addr-spec.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace kamexec::output {

/// An address; its views point into the line that was read.
struct Address {
  std::string_view uri;
  std::optional<int> q;  ///< thousandths
  /// What was wrong behind the `>`, in words; the URI can be used. A string literal. Empty:
  /// nothing.
  std::string_view complaint;
};

/// Reads a line: `sip:a@b;transport=tcp`, `<sip:a@b>`, `"Name" <sip:a@b>;q=0.7;other=…`.
/// Without <> the whole line is the URI, `;q=` included (the exec module has always taken it so;
/// section 20.10 would give what follows the first `;` to the header). The display name is words
/// (tokens or UTF-8) or a quoted string, and is read over. An error is a line whose URI can't be
/// told; what the URI holds is not looked at. Linear, no recursion.
[[nodiscard]] Result<Address> parse_address(std::string_view line);

/// A qvalue (RFC 3261 section 25.1: 0 to 1, at most three decimals) in thousandths, 0 … 1000.
[[nodiscard]] std::optional<int> parse_qvalue(std::string_view text);

}  // namespace kamexec::output
