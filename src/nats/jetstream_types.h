// SPDX-License-Identifier: GPL-2.0-or-later
// What JetStream, the part of nats-server that keeps messages, is asked and answers: plain data.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace kamexec::nats {

using StreamTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Why something of JetStream's was not done.
enum class StreamFault {
  unavailable,  ///< no server, no such stream, or JetStream is off or busy: it was not done
  full,         ///< the stream holds as much as it may: it was not stored
  too_large,    ///< for the server or the stream: it was not stored
  refused,      ///< by the server: it was not done
  absent,       ///< the stream, the consumer or the message isn't there
  differs,      ///< the stream or the consumer is there, and isn't what was asked for
  unknown,      ///< it was sent, and no answer that can be read has come: it may have been done
};

struct StreamTrouble {
  StreamFault fault = StreamFault::unknown;
  int code = 0;        ///< the server's err_code; 0: none
  std::string detail;  ///< in printable words
};

template <typename T>
using StreamAnswer = tl::expected<T, StreamTrouble>;

enum class Retention {
  limits,      ///< until there are too many, or for max_age
  work_queue,  ///< until acknowledged
};

/// A stream as it is to be: in files; what is too much is refused (discard: new).
struct StreamConfig {
  std::string name;  ///< letters, digits, '_' and '-'
  std::vector<std::string> subjects;
  Retention retention = Retention::limits;
  std::int64_t replicas = 1;
  std::int64_t max_messages = -1;       ///< -1: any number
  std::int64_t max_bytes = -1;          ///< -1: any number
  std::chrono::nanoseconds max_age{0};  ///< 0: for ever
  /// For how long a message with the same id is known to be the same.
  std::chrono::nanoseconds duplicate_window{std::chrono::minutes(2)};
};

/// A durable consumer that is pulled from, and acknowledged to: each message until it is.
struct ConsumerConfig {
  std::string name;  ///< as a stream's
  std::string filter_subject;
  std::chrono::nanoseconds ack_wait{std::chrono::seconds(30)};
  std::int64_t max_ack_pending = 1'000;  ///< messages that somebody has, at once
  std::int64_t max_waiting = 512;        ///< pulls, at once
};

struct StreamState {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first = 0;  ///< sequence
  std::uint64_t last = 0;
  std::optional<StreamTime> oldest;
  std::map<std::string, std::uint64_t> by_subject;  ///< where it was asked for
};

struct ConsumerState {
  std::uint64_t pending = 0;      ///< that nobody has yet
  std::uint64_t ack_pending = 0;  ///< that somebody has
};

/// A message is on disk.
struct Published {
  std::string stream;
  std::uint64_t sequence = 0;
  bool duplicate = false;  ///< it was there already, with the same id
};

/// As it lies in a stream.
struct StreamMessage {
  std::string subject;
  std::uint64_t sequence = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;
  std::optional<StreamTime> stored_at;

  /// The first value of that name; empty: there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// What the reply subject of a message says that a consumer has delivered.
struct Delivery {
  std::uint64_t delivered = 0;  ///< how often, this time counted
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
  std::uint64_t pending = 0;  ///< messages that nobody has yet
};

/// The end of a pull without another message.
struct PullEnd {
  int status = 0;  ///< 404 nothing there, 408 expired, 409 not possible, 503 no such consumer
  std::string detail;
};

}  // namespace kamexec::nats
