// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/link.h"

namespace kamexec::nats {

std::string_view in_words(Failure failure) {
  switch (failure) {
    case Failure::not_connected:
      return "no NATS server is connected";
    case Failure::too_large:
      return "it is larger than the NATS server takes (max_payload)";
    case Failure::no_memory:
      return "as much waits to be sent to NATS as may";
    case Failure::connection_lost:
      return "the connection to NATS was lost after it was sent";
    case Failure::no_responders:
      return "nobody serves it";
    case Failure::not_permitted:
      return "the NATS server doesn't permit it";
    case Failure::timed_out:
      break;
  }
  return "nobody has answered in time";
}

}  // namespace kamexec::nats
