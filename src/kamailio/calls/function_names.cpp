// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/function_names.h"

namespace kamexec::module {

std::string_view name_of(KamexecFunction function) {
  switch (function) {
    case KAMEXEC_DSET:
      return "exec_dset";
    case KAMEXEC_MSG:
      return "exec_msg";
    case KAMEXEC_AVP:
      return "exec_avp";
    case KAMEXEC_CMD:
      return "exec_cmd";
    case KAMEXEC_RUN:
      return "exec_run";
  }
  return "exec";
}

std::string place_text(KamexecLocation place) {
  return place.file == nullptr ? std::string()
                               : std::string(place.file) + ":" + std::to_string(place.line);
}

}  // namespace kamexec::module
