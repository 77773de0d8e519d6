// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon sends to a client: docs/service-protocol.md, "From the daemon". Written here and
// read here, so that the two can't differ.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "process/program_start.h"

namespace kamexec::service {

/// What a client has to know of a program that it may call. Told after the hello, and again when
/// it changes.
struct ProgramNotice {
  std::string name;
  std::chrono::milliseconds timeout{0};  ///< the definition's; of a stored one, store_timeout
  // Which parts of a request are of use to it. The others need not be sent.
  bool uri = true;
  bool variables = true;
  bool message = true;
  bool input = true;
  /// A call is answered when it is on disk, and its program runs later: for functions alone that
  /// have no use for its output.
  bool stored = false;

  bool operator==(const ProgramNotice&) const = default;
};

void append_daemon_hello(std::string& to);
void append_notice(std::string& to, const ProgramNotice& notice);
/// The program is no more, or this client may not call it any more.
void append_gone(std::string& to, std::string_view name);
/// All programs that the client may call have been told.
void append_ready(std::string& to);
/// @p result as a program that was run here would have given it. `output` is sent after ok and
/// nonzero_exit, `error` always; the first 4 KiB of `detail` after the others. `system_errno` isn't
/// sent.
void append_reply(std::string& to, std::string_view id, const process::RunResult& result);

/// Told what the daemon said. Views are valid until the function returns.
class DaemonMessages {
 public:
  virtual ~DaemonMessages() = default;
  virtual void on_hello(std::uint32_t version) = 0;
  virtual void on_notice(ProgramNotice notice) = 0;
  virtual void on_gone(std::string_view name) = 0;
  virtual void on_ready() = 0;
  /// @p result may be moved or swapped from.
  virtual void on_reply(std::string_view id, process::RunResult& result) = 0;
};

/// Reads the bytes of the daemon, which come in any pieces. Not thread-safe. Holds no more than a
/// small multiple of its limit, whatever it is fed.
class DaemonReader {
 public:
  /// @p reply_limit: bytes of output that one reply may have; more makes it unusable. The same of
  /// its standard error; more is dropped.
  explicit DaemonReader(std::size_t reply_limit);
  ~DaemonReader();
  DaemonReader(DaemonReader&&) noexcept;
  DaemonReader& operator=(DaemonReader&&) noexcept;

  /// Calls @p to for each message that @p bytes complete. The error is for a peer that is out of
  /// step, in printable words that go on from "the daemon ": nothing more can be read from it. That
  /// also holds after std::bad_alloc. @p to must not destroy this, nor read from it.
  [[nodiscard]] Result<void> read(std::string_view bytes, DaemonMessages& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kamexec::service
