// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/library.h"

#include "base/printable.h"
#include "base/signals_blocked.h"

namespace kamexec::nats {

std::string library_error(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  const std::string said = text == nullptr ? "" : text;
  return printable(last == status && !said.empty() ? said : natsStatus_GetText(status), 300);
}

bool open_library() {
  const SignalsBlocked blocked;
  return nats_Open(-1) == NATS_OK;
}

}  // namespace kamexec::nats
