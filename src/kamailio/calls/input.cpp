// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/input.h"

#include "kamailio/host/log.h"
#include "kamailio/host/text.h"

void KamexecInput::write(HostMessage* message, std::string& out) const {
  out += fixed;
  for (std::size_t i = 0; format && i < host_format_parts(format.get()); ++i) {
    int is_variable = 0;
    const HostText text = host_format_part(format.get(), i, &is_variable);
    if (is_variable == 0) {
      out += kamexec::view(text);
      continue;
    }
    host_format_value(
        message, format.get(), i,
        [](void* context, HostText value) {
          *static_cast<std::string*>(context) += kamexec::view(value);
        },
        &out);
  }
}

KamexecInput* kamexec_input_load(KamexecFunction function, HostText text, KamexecLocation place) {
  try {
    auto input = std::make_unique<KamexecInput>();
    const std::string label = kamexec::label_of(function, "...", place);
    input->format = kamexec::parse_format(label, "its standard input", text);
    return input->format ? input.release() : nullptr;
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
    return nullptr;
  }
}

KamexecInput* kamexec_input_as_given(HostText text) {
  try {
    auto input = std::make_unique<KamexecInput>();
    input->fixed = kamexec::view(text);
    return input.release();
  } catch (const std::exception& e) {
    kamexec::log_error(e.what());
    return nullptr;
  }
}

void kamexec_input_free(KamexecInput* input) {
  delete input;
}
