// SPDX-License-Identifier: GPL-2.0-or-later
// Whose the values of variables and selects are that are known, by their class.
#pragma once

#include <string_view>

namespace kamexec::variables {

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

/// Whose the values of a class of variables are ("hdr" of "$hdr(X)"); unknown where it is none of
/// those whose origin is certain.
[[nodiscard]] Origin origin_of_class(std::string_view name);

/// Whose the value of a select is ("cfg_get.group.name", "via[1].host", without '@'): a caller's
/// where its first name is none of the operator's, the script's or the server's.
[[nodiscard]] Origin origin_of_select(std::string_view select);

}  // namespace kamexec::variables
