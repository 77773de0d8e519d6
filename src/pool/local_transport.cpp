// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/local_transport.h"

#include "pool/local_channel.h"

namespace kamexec {

Result<std::unique_ptr<WorkerChannel>> LocalTransport::open() {
  return LocalChannel::start(program_.view(), capture_error_);
}

}  // namespace kamexec
