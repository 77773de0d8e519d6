// SPDX-License-Identifier: GPL-2.0-or-later
// A worker's conversation, recorded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pool/worker_channel.h"
#include "tool/try/trial.h"

namespace kamexec::tool {

/// What both said, as lines in the order in which they were passed on. Of one worker after the
/// other, where there were several.
class Exchange {
 public:
  void add(ExchangedLine::From from, std::string_view bytes);
  /// Lines that did not end are there too. Bounded: of more than kMostBytes the rest is left out,
  /// and a last line says so.
  [[nodiscard]] std::vector<ExchangedLine> lines() const;

  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

 private:
  std::vector<ExchangedLine> lines_;
  bool open_[2] = {false, false};  ///< by From: its last line has no LF yet
  std::size_t size_ = 0;
  bool cut_ = false;
};

/// @p inner, with all that passes recorded in @p into.
[[nodiscard]] std::unique_ptr<pool::WorkerTransport> recording(
    std::unique_ptr<pool::WorkerTransport> inner, std::shared_ptr<Exchange> into);

}  // namespace kamexec::tool
