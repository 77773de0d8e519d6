// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/function_names.h"

namespace kamexec {

std::string_view name_of(KxFunction function) {
  switch (function) {
    case KX_DSET:
      return "exec_dset";
    case KX_MSG:
      return "exec_msg";
    case KX_AVP:
      return "exec_avp";
    case KX_CMD:
      return "exec_cmd";
    case KX_RUN:
      return "exec_run";
  }
  return "exec";
}

std::string place_text(KxPlace place) {
  return place.file == nullptr ? std::string()
                               : std::string(place.file) + ":" + std::to_string(place.line);
}

}  // namespace kamexec
