// SPDX-License-Identifier: GPL-2.0-or-later
// A process' presence on NATS: published messages, subscriptions and requests, whichever server it
// is connected to by now. libnats_link.h is the one that is used; tests have one of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace kamexec::nats {

/// A line of a message's header: docs/fleet-protocol.md lists ours. @p value is without CR and LF.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// A connection of a link; never given twice. 0: none.
using ConnectionId = std::uint64_t;

/// What is sent. Views; any bytes in the payload.
struct Outgoing {
  std::string_view subject;
  std::string_view reply{};  ///< where an answer goes; empty: none is wanted
  std::span<const Header> headers{};
  std::string_view payload{};
  /// Incoming::over() of what this answers. It goes that way as long as the server there answers,
  /// because that one knows where it goes: others of the cluster learn of a new inbox later. 0: the
  /// current connection.
  ConnectionId over = 0;
};

/// What has come. Valid until the handler returns. Everything in it is the sender's, who may be
/// anybody with the permission.
class Incoming {
 public:
  virtual ~Incoming() = default;
  [[nodiscard]] virtual std::string_view subject() const = 0;
  [[nodiscard]] virtual std::string_view reply() const = 0;  ///< empty: no answer is wanted
  [[nodiscard]] virtual std::string_view payload() const = 0;
  /// The connection that it came over.
  [[nodiscard]] virtual ConnectionId over() const { return 0; }
  /// The first value of that name, which is compared byte by byte; empty: there is none.
  [[nodiscard]] virtual std::string_view header(const char* name) const = 0;
};

/// Why something could not be sent, or will get no answer.
enum class Failure {
  not_connected,  ///< nothing was sent
  too_large,      ///< for the server (max_payload): nothing was sent
  no_memory,  ///< what waits to be sent is as much as may wait, or memory is short: nothing sent
  connection_lost,  ///< after it was sent, or handed to the kernel in part
  no_responders,    ///< nobody has subscribed to the subject: nobody got it
  not_permitted,    ///< the server has refused it: nobody got it
  timed_out,        ///< nothing has come until the deadline
};
/// In words, for the operator's log: "no NATS server is connected".
[[nodiscard]] std::string_view in_words(Failure failure);

/// A failure with what is known of it beside.
struct Trouble {
  Failure failure = Failure::not_connected;
  std::string detail;  ///< printable, as the server or the library has said it; may be empty
};

/// Which subscription, and which request; never 0, and never given twice.
using SubscriptionId = std::uint64_t;
using RequestId = std::uint64_t;

struct LinkState {
  bool connected = false;
  std::string server;  ///< host:port of the current one, or of the last
  std::string server_version;
  std::size_t max_payload = 0;  ///< bytes; 0: never connected
  std::string trouble;  ///< why it isn't connected, or what was refused last; empty: nothing
  std::uint64_t connections = 0;  ///< made since the start
  std::uint64_t lost = 0;         ///< of these, that ended without our wish
  std::uint64_t late = 0;         ///< answers that nobody waited for any more
  std::uint64_t dropped = 0;      ///< messages that came faster than they were handled
};

/// Used by the loop's thread alone. No function waits. Handlers are called by step() and settle()
/// alone; they may call all functions of the link but these two, and must not throw.
class Link {
 public:
  using Handler = std::function<void(const Incoming&)>;
  using Answered = std::function<void(const Incoming&)>;
  using Failed = std::function<void(const Trouble&)>;
  using Done = std::function<void()>;

  virtual ~Link() = default;

  /// Sends it, with settle(), over the current connection or message.over. In the order of these
  /// calls, for each of the two.
  [[nodiscard]] virtual tl::expected<void, Failure> publish(const Outgoing& message) = 0;

  /// Sends it with an inbox of ours as its reply. Exactly one of @p answered and @p failed is
  /// called, once, unless forget() is. After Failure::connection_lost it may have been handled.
  /// Where the connection was idle for long it is tried before anything is sent, and replaced.
  /// @p deadline: Failure::timed_out comes then; not_connected, where nothing was sent yet.
  [[nodiscard]] virtual tl::expected<RequestId, Failure> request(const Outgoing& message,
                                                                 TimePoint deadline,
                                                                 Answered answered,
                                                                 Failed failed) = 0;
  /// Nobody waits for its answer any more, which is counted where it comes. Nothing where it is
  /// over.
  virtual void forget(RequestId id) = 0;

  /// Gets what is sent to @p subject, which may have wildcards; with @p queue one member of that
  /// group gets each. It holds from now on over all connections, those to come included.
  [[nodiscard]] virtual SubscriptionId subscribe(std::string subject, std::string queue,
                                                 Handler handler) = 0;
  /// Ends it. What the server has sent before it knew still comes; then @p done is called, once,
  /// and nothing comes any more. Without a connection that is at the next step().
  virtual void unsubscribe(SubscriptionId id, Done done) = 0;

  [[nodiscard]] virtual const LinkState& state() const = 0;
  /// Called by step() when it has become connected, or is so no more.
  virtual void on_change(std::function<void()> changed) = 0;

  // The loop's part.

  /// Readable when step() has something to do. The same one as long as this lives.
  [[nodiscard]] virtual int fd() const = 0;
  virtual void step() = 0;
  /// Hands what was published to the kernel: when a turn of the loop is over.
  virtual void settle() = 0;
  /// Everything that was published is in the kernel's hands, on each connection.
  [[nodiscard]] virtual bool is_flushed() const = 0;
};

}  // namespace kamexec::nats
