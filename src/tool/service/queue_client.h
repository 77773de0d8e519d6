// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's stored notifications, asked over one connection; and how a command of `kamexec
// queue` ends.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "service/client.h"
#include "tool/commands.h"
#include "tool/service/queue_pages.h"
#include "tool/service/service_options.h"

namespace kamexec::tool {

/// Why a command failed, and its exit status.
struct Failed {
  Error error;
  int status = kUnusable;
};
template <typename Value>
using Tried = tl::expected<Value, Failed>;

[[nodiscard]] inline tl::unexpected<Failed> failed(Error error, int status = kUnusable) {
  return tl::unexpected<Failed>(Failed{std::move(error), status});
}

/// Writes @p text to standard output. The error: it can't be written.
[[nodiscard]] Result<void> print(std::string_view text);

/// The end of a command that has told all: on standard output, if that can be written.
[[nodiscard]] Tried<int> said(std::string_view text);

class QueueClient {
 public:
  [[nodiscard]] static Tried<QueueClient> open(const QueueOptions& options);

  /// @p arguments of `control queue`. The error is the daemon's.
  [[nodiscard]] Result<std::string> ask(const std::vector<std::string>& arguments) const;
  /// The same as a function, which lives no longer than this.
  [[nodiscard]] AskQueue asker() const;

 private:
  explicit QueueClient(std::unique_ptr<service::Client> client) : client_(std::move(client)) {}
  std::unique_ptr<service::Client> client_;
};

/// What is asked page by page, with the filters of the command line.
[[nodiscard]] Tried<QueueQuestion> question_of(const QueueOptions& options, const char* verb,
                                               std::size_t page);

// The commands: each gives its exit status.

[[nodiscard]] Tried<int> list_queue(const QueueOptions& options);
[[nodiscard]] Tried<int> show_notification(const QueueOptions& options);
[[nodiscard]] Tried<int> export_queue(const QueueOptions& options);
[[nodiscard]] Tried<int> retry_queue(const QueueOptions& options);
[[nodiscard]] Tried<int> drop_queue(const QueueOptions& options);

}  // namespace kamexec::tool
