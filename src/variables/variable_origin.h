// SPDX-License-Identifier: GPL-2.0-or-later
// Whose a pseudo-variable's value is: what a caller can put there, and in which form.
#pragma once

#include <string_view>
#include <vector>

namespace kamexec {

enum class Control {
  caller,   ///< bytes of a message, more or less as they came
  unknown,  ///< the script's, or a database's: a caller's bytes can't be excluded
  limited,  ///< a number, an address, a time, the operator's own text: no free text of a caller's
};

/// What a value looks like, which decides what a shell can be made to read in it.
enum class Form {
  text,          ///< any byte but a line end (a folded header field has those too)
  folded_text,   ///< any byte, line ends with it: header fields as they stand, bodies
  user,          ///< the user part of a URI: no '@', '[', ']' or blank
  host,          ///< the host of a URI: letters, digits, '.', '-', or anything in brackets
  uri,           ///< a whole URI
  display_name,  ///< in double quotes, with these
  none,          ///< nothing is known of it
};

struct Origin {
  Control control = Control::unknown;
  Form form = Form::none;
  std::string_view what;  ///< "the user part of the R-URI"; static
};

/// @p variable: as written, "$rU", "$(hdr(X)[0]{s.len})". A transformation that leaves nothing but
/// digits or letters makes the value limited.
[[nodiscard]] Origin origin_of(std::string_view variable);

/// The variables in the parameters of @p variable's transformations: $rU of $(si{s.replace,1,$rU}).
[[nodiscard]] std::vector<std::string_view> parameter_variables(std::string_view variable);

/// The variable without what selects or transforms its value: "$var(x)" of "$(var(x){s.trim})".
/// The same variable in two ways of writing gives the same text.
[[nodiscard]] std::string_view base_name(std::string_view variable);

}  // namespace kamexec
