// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/outcome.h"

namespace kamexec {

int code(Cause cause) {
  switch (cause) {
    case Cause::ok:
      return 1;
    case Cause::nonzero_exit:
      return -1;
    case Cause::deadline:
      return -2;
    case Cause::not_started:
      return -3;
    case Cause::refused:
      return -4;
    case Cause::unusable:
      return -5;
  }
  return -5;
}

std::string_view word(Cause cause) {
  switch (cause) {
    case Cause::ok:
      return "ok";
    case Cause::nonzero_exit:
      return "no";
    case Cause::deadline:
      return "deadline";
    case Cause::not_started:
      return "not-started";
    case Cause::refused:
      return "refused";
    case Cause::unusable:
      return "unusable";
  }
  return "unusable";
}

}  // namespace kamexec
