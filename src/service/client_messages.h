// SPDX-License-Identifier: GPL-2.0-or-later
// What a client of the daemon sends: docs/service-protocol.md, "From the client". Written here and
// read here, so that the two can't differ.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kamexec::service {

/// The version of the protocol that stands in both hellos. Version 1 is the worker protocol, which
/// no socket speaks.
inline constexpr std::uint32_t kServiceProtocolVersion = 2;

/// Arguments of a request. Each takes memory and time beside its bytes.
inline constexpr std::size_t kMostArguments = 4096;

/// A call of a program. All views; any bytes in the values, but for `id`, `call` and `program`,
/// which are words. In what a ClientReader tells, a NUL follows each argument, as execve wants it.
struct CallRequest {
  std::string_view id;    ///< 1 to 32 letters and digits; the client's own, for reply and cancel
  std::string_view call;  ///< the function that calls, "dset": 1 to 64 of A-Z, a-z, 0-9, '_', '-'
  /// Until the client stops waiting; 0: only the program's own time-out counts.
  std::chrono::milliseconds time_left{0};
  std::string_view program;  ///< its name, of the same bytes
  std::span<const std::string_view> arguments;
  std::string_view uri;
  /// NAME=value, each followed by a NUL, as request/RequestVariables packs them. Each name begins
  /// with SIP_: a ClientReader refuses a request with another one.
  std::string_view variables;
  std::string_view message;  ///< the whole SIP message, for a worker
  std::string_view input;    ///< standard input, of a program with one process per call
};

/// A command to the daemon itself: "status", "flush". Its reply is that of a call, with lines.
struct ControlRequest {
  std::string_view id;
  std::string_view verb;
  std::span<const std::string_view> arguments;
};

void append_client_hello(std::string& to);
/// False where it would be longer than @p most bytes: @p to is as it was. Where something else than
/// this text says which program is called, `program` is empty and isn't in it. @p attempt: which
/// one this is, from 1, on a wire that has a line for it; 0: none.
[[nodiscard]] bool append_call(std::string& to, const CallRequest& request, std::size_t most,
                               std::uint32_t attempt = 0);
void append_cancel(std::string& to, std::string_view id);
void append_control(std::string& to, const ControlRequest& request);

/// Told what a client said. Views are valid until the function returns.
class ClientMessages {
 public:
  virtual ~ClientMessages() = default;
  virtual void on_hello(std::uint32_t version) = 0;
  virtual void on_call(const CallRequest& request) = 0;
  virtual void on_cancel(std::string_view id) = 0;
  virtual void on_control(const ControlRequest& request) = 0;
  /// A request that is complete and can't be taken, @p why in printable words: it is longer than
  /// the limit, has too many arguments, or a variable that isn't the caller's to set. What follows
  /// is read on.
  virtual void on_refused(std::string_view id, std::string_view why) = 0;
};

/// Reads the bytes of one client, which come in any pieces. Not thread-safe. Holds no more than a
/// small multiple of its limit, whatever it is fed.
class ClientReader {
 public:
  /// @p request_limit: bytes of one request, as it is sent.
  explicit ClientReader(std::size_t request_limit);
  ~ClientReader();
  ClientReader(ClientReader&&) noexcept;
  ClientReader& operator=(ClientReader&&) noexcept;

  /// Calls @p to for each message that @p bytes complete. The error is for a peer that is out of
  /// step, in printable words that go on from "the client ": nothing more can be read from it. That
  /// also holds after std::bad_alloc. @p to must not destroy this, nor read from it.
  [[nodiscard]] Result<void> read(std::string_view bytes, ClientMessages& to);

  /// Whether a message has begun and not ended: such a client is not idle.
  [[nodiscard]] bool in_message() const;
  /// Bytes of memory that it holds.
  [[nodiscard]] std::size_t held() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kamexec::service
