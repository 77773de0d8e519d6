// SPDX-License-Identifier: GPL-2.0-or-later
// A call as it is sent over NATS, and a cancel: docs/fleet-protocol.md, "A call". Written here and
// read here, so that the two can't differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pool/field_text.h"
#include "pool/line_reader.h"
#include "service/client_messages.h"
#include "service/open_request.h"

namespace kamexec::fleet {

/// Headers of a call.
inline constexpr const char* kMayWait = "Kamexec-May-Wait";
inline constexpr const char* kLeftOut = "Kamexec-Left-Out";
inline constexpr const char* kTraceParent = "traceparent";

/// Appends the payload: `program` of @p request isn't in it, its subject says it. @p attempt: 0:
/// none. False where it would be longer than @p most bytes: @p to is as it was.
[[nodiscard]] bool append_call(std::string& to, const service::CallRequest& request,
                               std::uint32_t attempt, std::size_t most);
void append_cancel(std::string& to, std::string_view id);

/// A call that was read. It owns what the views of request() point to. Not thread-safe.
class ReceivedCall {
 public:
  ReceivedCall() = default;
  ReceivedCall(const ReceivedCall&) = delete;
  ReceivedCall& operator=(const ReceivedCall&) = delete;

  /// `program` is empty: the subject says it.
  [[nodiscard]] const service::CallRequest& request() const { return request_; }
  [[nodiscard]] std::uint32_t attempt() const { return attempt_; }

 private:
  friend Result<void> read_call(std::string_view payload, ReceivedCall& into);
  [[nodiscard]] Result<void> take(const pool::LineReader::Line& line);

  service::OpenRequest open_{pool::FieldText::kNoLimit};  // a payload has an end
  service::CallRequest request_;
  std::uint32_t attempt_ = 0;
};

/// Reads a whole payload into @p into, whose memory is used again. Bounded by the payload's size
/// and service::kMostArguments. A variable whose name doesn't begin with SIP_ is an error, as a
/// service's client may not set others. The error is a sentence in printable words, "the caller
/// sent a field a second time: ..."; what is in @p into isn't to be used then.
[[nodiscard]] Result<void> read_call(std::string_view payload, ReceivedCall& into);
/// The id that a cancel names.
[[nodiscard]] Result<std::string_view> read_cancel(std::string_view payload);
/// The id of a call that can't be read as a whole, for an answer; empty: there is none in it.
[[nodiscard]] std::string_view id_of(std::string_view payload);

}  // namespace kamexec::fleet
