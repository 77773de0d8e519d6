// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "kamailio/host/host.h"
#include "request/request_facts.h"

namespace kamexec::module {

/// Fills @p facts with what the host's parser says of @p message; the views live as long as the
/// message is not changed. false: its headers can't be parsed.
[[nodiscard]] bool gather_facts(HostMessage* message, request::RequestFacts& facts);

}  // namespace kamexec::module
