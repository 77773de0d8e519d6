// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/input.h"

#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"

void KamexecInput::write(HostMessage* message, std::string& out) const {
  out += fixed;
  for (std::size_t i = 0; format && i < host_format_parts(format.get()); ++i) {
    int is_variable = 0;
    const HostText text = host_format_part(format.get(), i, &is_variable);
    if (is_variable == 0) {
      out += kamexec::module::view(text);
      continue;
    }
    kamexec::module::HostCallback append(
        [&out](HostText value) { out += kamexec::module::view(value); });
    host_format_value(message, format.get(), i, append.call<HostText>, &append);
    append.rethrow();
  }
}
