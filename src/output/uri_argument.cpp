// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/uri_argument.h"

#include <algorithm>

#include "base/printable.h"

namespace kamexec::output {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_of_scheme(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

}  // namespace

Result<void> check_uri_argument(std::string_view uri) {
  const std::string_view scheme = uri.substr(0, uri.find(':'));
  if (scheme.size() < uri.size() && !scheme.empty() && is_letter(scheme.front()) &&
      std::all_of(scheme.begin(), scheme.end(), is_of_scheme)) {
    return {};
  }
  return failure("the R-URI \"" + printable(uri, 80) +
                 "\" is not a URI: it has no scheme, and a program could read it as an option or a "
                 "file");
}

}  // namespace kamexec::output
