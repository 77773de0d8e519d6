// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/log.h"

#include "kamailio/host.h"

namespace kamexec {
namespace {

void log(HostLogLevel level, std::string_view line) {
  host_log(level, HostText{line.data(), line.size()});
}

}  // namespace

void log_error(std::string_view line) {
  log(HOST_LOG_ERROR, line);
}
void log_warning(std::string_view line) {
  log(HOST_LOG_WARNING, line);
}
void log_info(std::string_view line) {
  log(HOST_LOG_INFO, line);
}

}  // namespace kamexec
