// SPDX-License-Identifier: GPL-2.0-or-later
// Requests that are not over: who waits for what, over which connection, until when. Pure logic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "nats/link.h"

namespace kamexec::nats {

/// A message that is kept until it can be sent.
struct KeptMessage {
  explicit KeptMessage(const Outgoing& message);

  std::string subject;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;

  [[nodiscard]] std::size_t bytes() const;
};

struct Request {
  std::string subject;
  std::uint64_t connection = 0;  ///< 0: it wasn't sent
  TimePoint deadline{};
  Link::Answered answered;
  Link::Failed failed;
  std::optional<KeptMessage> kept{};  ///< what is to be sent, where it wasn't
};

class Requests {
 public:
  /// @p request: sent, or with what is kept.
  RequestId add(Request request);
  /// The id that add() gives next.
  [[nodiscard]] RequestId next() const { return last_ + 1; }
  /// Takes it out; nothing, where it isn't there.
  [[nodiscard]] std::optional<Request> take(RequestId id);

  [[nodiscard]] bool has(RequestId id) const { return all_.count(id) != 0; }
  /// One that is there.
  [[nodiscard]] Request& get(RequestId id) { return all_.at(id); }

  [[nodiscard]] std::vector<RequestId> due(TimePoint now) const;
  /// When due() next finds one.
  [[nodiscard]] TimePoint next_deadline() const;

  /// Those that were sent over @p connection; with @p subject, to it alone.
  [[nodiscard]] std::vector<RequestId> sent_over(std::uint64_t connection) const;
  [[nodiscard]] std::vector<RequestId> sent_over(std::uint64_t connection,
                                                 std::string_view subject) const;
  [[nodiscard]] bool has_sent_over(std::uint64_t connection) const;
  void sent(RequestId id, std::uint64_t connection);

  /// Those that were not sent, in their order.
  [[nodiscard]] std::vector<RequestId> kept() const;
  [[nodiscard]] bool keeps_any() const { return !kept_.empty(); }
  /// Bytes that are kept.
  [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  void forget_kept(RequestId id, Request& request);

  std::unordered_map<RequestId, Request> all_;
  std::set<std::pair<TimePoint, RequestId>> by_deadline_;
  std::set<RequestId> kept_;
  std::unordered_map<std::uint64_t, std::size_t> sent_;  // how many, by connection
  std::size_t kept_bytes_ = 0;
  RequestId last_ = 0;
};

}  // namespace kamexec::nats
