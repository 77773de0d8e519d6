// SPDX-License-Identifier: GPL-2.0-or-later
// What the page for Prometheus says: docs/reference/metrics.md lists it. Pure.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "daemon/status.h"

namespace kamexec::daemon {

[[nodiscard]] std::vector<prometheus::MetricFamily> families_of(const DaemonStatus& status);

}  // namespace kamexec::daemon
