// SPDX-License-Identifier: GPL-2.0-or-later
// JetStream, the part of nats-server that keeps messages, by plain requests: its functions in
// libnats wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "nats/jetstream_types.h"
#include "nats/link.h"

namespace kamexec::nats {

/// Views, as of an Outgoing.
struct StreamOutgoing {
  std::string_view subject;
  std::string_view id{};      ///< Nats-Msg-Id: to be sent again without being stored twice
  std::string_view stream{};  ///< that is to keep it; empty: whichever does
  std::span<const Header> headers{};
  std::string_view payload{};
};

/// What becomes of a message that was delivered.
enum class Settled {
  done,     ///< it isn't delivered again
  later,    ///< it is, after a pause
  give_up,  ///< it isn't delivered again, though nobody is done with it
};

/// How many messages are wanted, and until when.
struct Pull {
  std::size_t batch = 1;
  std::chrono::nanoseconds expires{std::chrono::seconds(10)};
  bool no_wait = false;  ///< what isn't there at once isn't wanted
};

/// Used by the loop's thread alone; nothing waits. A function returns an error where nothing was
/// sent. Else its @p done is called once, by the link's step(); StreamFault::unknown comes at the
/// deadline at the latest.
class JetStream {
 public:
  template <typename T>
  using Done = std::function<void(StreamAnswer<T>)>;
  using Begun = StreamAnswer<void>;

  /// @p link must outlive it.
  explicit JetStream(Link& link);
  /// What is under way isn't told any more.
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  /// Done when it is on disk. After StreamFault::unknown it may be repeated with the same id.
  [[nodiscard]] Begun publish(const StreamOutgoing& message, TimePoint deadline,
                              Done<Published> done);

  // Streams and consumers.

  /// Makes it where it isn't there. One that is there is not changed.
  [[nodiscard]] Begun ensure_stream(const StreamConfig& wanted, TimePoint deadline,
                                    Done<StreamState> done);
  [[nodiscard]] Begun ensure_consumer(std::string_view stream, const ConsumerConfig& wanted,
                                      TimePoint deadline, Done<ConsumerState> done);
  /// @p subjects: whose messages are counted one by one, a subject with wildcards; empty: none.
  [[nodiscard]] Begun state_of(std::string_view stream, std::string_view subjects,
                               TimePoint deadline, Done<StreamState> done);

  // What is in a stream.

  [[nodiscard]] Begun get(std::string_view stream, std::uint64_t sequence, TimePoint deadline,
                          Done<StreamMessage> done);
  /// The first one of @p subject, which may have wildcards, from @p sequence on.
  [[nodiscard]] Begun get_next(std::string_view stream, std::string_view subject,
                               std::uint64_t sequence, TimePoint deadline,
                               Done<StreamMessage> done);
  [[nodiscard]] Begun erase(std::string_view stream, std::uint64_t sequence, TimePoint deadline,
                            Done<void> done);
  /// All of @p subject. Tells how many there were.
  [[nodiscard]] Begun purge(std::string_view stream, std::string_view subject, TimePoint deadline,
                            Done<std::uint64_t> done);

  // Messages that a consumer delivers.

  /// Messages and the end of the pull come to @p reply, which is to be subscribed to:
  /// jetstream_delivery.h reads them. Where there is no such consumer nothing comes at all.
  [[nodiscard]] Begun pull(std::string_view stream, std::string_view consumer, const Pull& what,
                           std::string_view reply);
  /// @p reply: of a message for which delivery_of() gave something. @p pause: of Settled::later.
  /// Done when the server has it.
  [[nodiscard]] Begun settle(std::string_view reply, Settled how, std::chrono::nanoseconds pause,
                             TimePoint deadline, Done<void> done);
  /// It is still worked on: the consumer's ack_wait begins anew. Nobody tells whether it has come.
  [[nodiscard]] Begun in_progress(std::string_view reply);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::nats
