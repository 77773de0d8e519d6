// SPDX-License-Identifier: GPL-2.0-or-later
// In the place of metrics.cpp where the build has no prometheus-cpp (KAMEXEC_METRICS=OFF).
#include "daemon/metrics.h"

namespace kamexec::daemon {

struct Metrics::Page {};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;
void Metrics::close() {}

Result<void> Metrics::serve_at(const std::string& address) {
  address_ = address;
  if (address.empty()) {
    return {};
  }
  return failure("can't serve metrics at " + address +
                 ": this kamexecd was built without prometheus-cpp");
}

bool Metrics::is_served() const {
  return page_ != nullptr;
}

void Metrics::publish(const DaemonStatus& /*status*/) {}

}  // namespace kamexec::daemon
