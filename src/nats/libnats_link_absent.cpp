// SPDX-License-Identifier: GPL-2.0-or-later
// In the place of libnats_link.cpp where the build has no libnats (KAMEXEC_NATS=OFF).
#include "nats/libnats_link.h"

namespace kamexec::nats {

Result<std::unique_ptr<Link>> make_libnats_link(LinkOptions /*options*/) {
  return failure("this kamexecd was built without libnats, and can't use NATS");
}

}  // namespace kamexec::nats
