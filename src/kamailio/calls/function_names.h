// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "kamailio/state/types.h"

namespace kamexec::module {

/// The name in the script: "exec_dset".
[[nodiscard]] std::string_view name_of(KamexecFunction function);

/// The word that a worker is told: "dset" (docs/worker-protocol.md).
[[nodiscard]] inline std::string_view worker_call(KamexecFunction function) {
  return name_of(function).substr(std::string_view("exec_").size());
}

/// Where a call stands, for messages: "kamailio.cfg:12", or empty.
[[nodiscard]] std::string place_text(KamexecLocation place);

}  // namespace kamexec::module
