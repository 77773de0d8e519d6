// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "pool/worker_request.h"

namespace kamexec {

/// A WorkerRequest, copied: for one that has to wait. One block holds all bytes. Move-only.
class OwnedRequest {
 public:
  /// Copies no more than @p wants of what is optional.
  OwnedRequest(const WorkerRequest& request, const Wants& wants);

  /// Valid while this object, or what it was moved to, lives.
  [[nodiscard]] WorkerRequest view() const;

 private:
  std::unique_ptr<char[]> bytes_;
  std::string_view call_;
  std::vector<std::string_view> arguments_;
  std::string_view uri_;
  std::vector<char*> environment_;
  std::string_view message_;
};

}  // namespace kamexec
