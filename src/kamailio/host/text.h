// SPDX-License-Identifier: GPL-2.0-or-later
// Between the host's texts and the language's.
#pragma once

#include <string_view>

#include "kamailio/host/host.h"

namespace kamexec::module {

[[nodiscard]] inline std::string_view view(HostText text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.text, text.length);
}

[[nodiscard]] inline HostText host_text(std::string_view text) {
  return HostText{text.data(), text.size()};
}

}  // namespace kamexec::module
