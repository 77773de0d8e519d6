// SPDX-License-Identifier: GPL-2.0-or-later
// One call, as a worker gets it. docs/worker-protocol.md, "Request".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pool/worker_hello.h"

namespace kamexec::pool {

/// What to ask. All views; any bytes in the values.
struct WorkerRequest {
  /// The name of the request, 1 to 32 letters and digits, where the same one may be asked again;
  /// empty: one that nobody guesses is made.
  std::string_view id;
  /// The number of the attempt at it, from 1; 0: there is one alone, which the worker isn't told.
  std::uint32_t attempt = 0;
  /// Which function of the script asks: "dset", "avp", "msg", "cmd", "run". A word of the host's
  /// own, of a-z, 0-9 and '-'.
  std::string_view call;
  std::span<const std::string_view> arguments;
  // Sent only to a worker that wants them. An environment is NULL-terminated NAME=value.
  std::string_view uri;
  char* const* environment = nullptr;
  std::string_view message;
};

/// A WorkerRequest, copied: for one that has to wait. One block holds all bytes, so moving keeps
/// every view valid. Move-only.
class WorkerRequestCopy {
 public:
  /// Copies no more than @p wants of what is optional.
  WorkerRequestCopy(const WorkerRequest& request, const Wants& wants);

  /// Valid while this object, or what it was moved to, lives.
  [[nodiscard]] WorkerRequest view() const;

 private:
  std::unique_ptr<char[]> block_;
  std::string_view id_;
  std::uint32_t attempt_ = 0;
  std::string_view call_;
  std::vector<std::string_view> arguments_;
  std::string_view uri_;
  std::vector<char*> environment_;  // empty: none
  std::string_view message_;
};

/// Appends the request as the worker with @p wants gets it. @p time_left until its deadline; zero:
/// none. False where it would be longer than @p most bytes: @p to is as it was.
[[nodiscard]] bool append_request(std::string& to, const WorkerRequest& request,
                                  std::string_view id, const Wants& wants,
                                  std::chrono::milliseconds time_left, std::size_t most);

}  // namespace kamexec::pool
