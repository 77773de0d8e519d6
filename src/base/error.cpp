// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <system_error>

namespace kamexec {

Error system_error(std::string_view what, int number) {
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(number);
  return Error{std::move(message), number};
}

}  // namespace kamexec
