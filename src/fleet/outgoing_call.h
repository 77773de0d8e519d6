// SPDX-License-Identifier: GPL-2.0-or-later
// A call on its way out: what of an Invocation is sent to a worker daemon.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/invocation.h"
#include "nats/link.h"
#include "service/client_messages.h"

namespace kamexec::fleet {

/// Not thread-safe.
class OutgoingCall {
 public:
  /// What @p invocation points to must outlive this, but for its program.
  explicit OutgoingCall(const engine::Invocation& invocation);
  OutgoingCall(const OutgoingCall&) = delete;
  OutgoingCall& operator=(const OutgoingCall&) = delete;

  /// The name of what it is about, which is the id of all its tries; empty: each has its own.
  [[nodiscard]] std::string_view own_id() const { return request_.id; }
  /// Of the parts, which are there at all.
  [[nodiscard]] engine::Needs parts() const;

 private:
  friend class CallText;
  std::vector<std::string_view> arguments_;
  std::string variables_;  ///< of the request, where there are others among the invocation's
  service::CallRequest request_;
  std::uint32_t attempt_ = 0;
  std::string_view trace_parent_;
};

/// The text of one try. Memory is kept from one to the next.
class CallText {
 public:
  struct Form {
    std::string_view id;
    std::chrono::milliseconds time_left{0};
    engine::Needs wanted;  ///< the other parts are left out
    bool may_wait = true;
    std::size_t most = 0;  ///< bytes that a message may have
  };
  /// False where it would be too long. @p call must outlive what headers() gives.
  [[nodiscard]] bool write(const OutgoingCall& call, const Form& form);
  [[nodiscard]] std::string_view payload() const { return payload_; }
  [[nodiscard]] std::span<const nats::Header> headers() const {
    return std::span(headers_).first(header_count_);
  }

 private:
  void add(std::string_view name, std::string_view value) {
    headers_[header_count_++] = {name, value};
  }

  std::string payload_;
  std::string left_out_;
  std::array<nats::Header, 3> headers_{};
  std::size_t header_count_ = 0;
};

/// Whether @p text is a `traceparent` of W3C's Trace Context, which may come from a SIP message of
/// a stranger.
[[nodiscard]] bool is_trace_parent(std::string_view text);

}  // namespace kamexec::fleet
