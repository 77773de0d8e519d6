// SPDX-License-Identifier: GPL-2.0-or-later
// The answer to a call, as it is sent over NATS: docs/fleet-protocol.md, "The reply". Written here
// and read here, so that the two can't differ.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/invocation.h"
#include "fleet/parts.h"
#include "nats/link.h"
#include "process/program_start.h"

namespace kamexec::fleet {

/// Who has answered.
struct WorkerName {
  std::string id;    ///< empty: one that can't be called directly
  std::string zone;  ///< empty: none
};

struct Answer {
  process::RunResult result;  ///< as a program that was run here would have given it
  /// It has not run, and may be tried by another one.
  bool elsewhere = false;
  /// It has not run: a part that was left out is wanted.
  bool incomplete = false;
  WorkerName worker;
  engine::Needs wants = kAllParts;
};

/// An answer that is ready to be sent: headers point into it.
class AnswerMessage {
 public:
  /// @p id: of the call. Where it would be longer than @p most bytes, headers counted, it says
  /// so instead, as outcome unusable.
  AnswerMessage(std::string_view id, const Answer& answer, std::size_t most);
  AnswerMessage(const AnswerMessage&) = delete;
  AnswerMessage& operator=(const AnswerMessage&) = delete;

  [[nodiscard]] std::string_view payload() const { return payload_; }
  [[nodiscard]] std::span<const nats::Header> headers() const { return headers_; }

 private:
  static constexpr std::size_t kMostHeaders = 16;
  void write(std::string_view id, const Answer& answer);

  std::string payload_;
  std::vector<std::string> values_;
  std::vector<nats::Header> headers_;
};

/// Reads one to the call @p id; more output than @p output_limit makes it unusable. Never fails:
/// what can't be read is an answer with outcome unusable, and says why. An ID or a zone that isn't
/// one is left out.
[[nodiscard]] Answer read_answer(const nats::Incoming& message, std::string_view id,
                                 std::size_t output_limit);

}  // namespace kamexec::fleet
