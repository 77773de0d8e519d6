// SPDX-License-Identifier: GPL-2.0-or-later
// A reply of the daemon of which the end has not come: what a DaemonReader gathers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "process/program_start.h"
#include "service/daemon_messages.h"

namespace kamexec::service {

/// Not thread-safe. Memory is kept from one reply to the next, unless its result was moved away.
class OpenReply {
 public:
  /// @p limit: bytes of output; the same for standard error.
  explicit OpenReply(std::size_t limit) : limit_(limit) {}

  // The errors are for a peer that is out of step, in the words of DaemonReader::read().

  /// @p words: what follows the first one in @p line, which is "reply" or "failed".
  [[nodiscard]] Result<void> begin_reply(std::string_view line, std::string_view words);
  [[nodiscard]] Result<void> begin_failed(std::string_view line, std::string_view words);
  /// A line of it that isn't its end, its first word, and what follows that.
  [[nodiscard]] Result<void> take(std::string_view line, std::string_view field,
                                  std::string_view rest);
  /// Tells it and forgets it.
  [[nodiscard]] Result<void> end(DaemonMessages& to);

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::string_view id() const { return id_; }

 private:
  [[nodiscard]] Result<void> begin(std::string_view line, std::string_view id);
  [[nodiscard]] Result<void> take_output(std::string_view line, std::string_view text,
                                         std::string_view line_end);
  [[nodiscard]] Result<void> take_error(std::string_view line, std::string_view text);
  [[nodiscard]] Result<void> take_detail(std::string_view line, std::string_view text);
  [[nodiscard]] Result<void> take_run(std::string_view line, std::string_view words);
  [[nodiscard]] Result<void> take_exit(std::string_view line, std::string_view status);
  [[nodiscard]] bool has_output() const;

  std::size_t limit_;
  bool open_ = false;
  bool too_long_ = false;
  std::string id_;
  process::RunResult result_;
};

}  // namespace kamexec::service
