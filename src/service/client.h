// SPDX-License-Identifier: GPL-2.0-or-later
// Asks a service's programs: one process' connection to kamexecd, over which many calls are under
// way at once. docs/service-protocol.md is what it speaks.
//
// A request is unsent until the kernel has taken its last byte. An unsent one may go over a new
// connection, once; a sent one never does. The daemon is a peer like any other: whatever it sends
// costs bounded memory, and no call waits past its deadline.
//
// Two ways to use one, with the same connection:
// - run() and control(), which wait;
// - submit() with step(), many at once, for a process with a loop.
// Calls and the loop are in client_run.cpp, connections in client_connections.cpp, what the daemon
// tells in client_notices.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "pool/request_id.h"
#include "process/job_table.h"
#include "process/outcome.h"
#include "process/program_start.h"
#include "process/watch_set.h"
#include "service/client_messages.h"
#include "service/connection.h"
#include "service/daemon_messages.h"

namespace kamexec::service {

struct ClientOptions {
  std::string socket;  ///< path of the daemon's
  /// Bytes of one request as it is sent; a longer one is refused. The daemon has a limit of its
  /// own.
  std::size_t request_limit = std::size_t{1} << 20;
  /// Bytes of one reply's output: the most that a definition may allow its program.
  std::size_t reply_limit = std::size_t{64} << 20;
  /// Bytes that wait to be sent; what comes beyond them is refused.
  std::size_t unsent_limit = std::size_t{16} << 20;
  /// For a program whose time-out the daemon has not told yet.
  std::chrono::milliseconds first_timeout{2000};
};

/// When a call ends at the latest.
struct CallLimit {
  TimePoint deadline = kNoDeadline;
  /// The time-out that the daemon has told of the program counts, too, from the call on.
  bool programs_own = true;
};

/// What became of connections, since the client was made.
struct ClientCounters {
  std::uint64_t connections = 0;
  std::uint64_t lost = 0;   ///< connections that ended, whoever ended them
  std::uint64_t moved = 0;  ///< requests that went over a new connection
  std::uint64_t late = 0;   ///< replies that nobody waited for any more
};

/// Belongs to the process and the thread that made it. In a child that the host forks it is dead:
/// there it may only be destroyed, which tells the daemon nothing. No thread, no signal.
class Client final : private DaemonMessages {
 public:
  using JobId = process::JobId;
  /// Exactly once for each job that submit() took, from step() or run_until() alone. May call all
  /// but these two; must not throw, nor destroy the client.
  using Completion = process::JobCompletion;

  /// Connects to nothing yet: that is done by the first call, and again where there is no
  /// connection. The error: the process may not have the descriptors.
  [[nodiscard]] static Result<std::unique_ptr<Client>> create(ClientOptions options);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] const std::string& socket() const { return options_.socket; }

  /// Asks and waits for the reply. `id` and `time_left` of @p request are set here; of its parts
  /// those are sent that the daemon says are of use. What the outcome says:
  /// - ok, nonzero_exit, and what else the daemon replied;
  /// - not_started: no service, or both connections took no whole request;
  /// - refused: the service has no room, the request is too long, stop_all() was called;
  /// - deadline: no reply until then. The daemon is told to end the program;
  /// - unusable: the request was sent and the connection lost, or the daemon was out of step.
  /// Its duration is the client's. Replies to jobs that come meanwhile are kept for step(). Blocks
  /// no signal; EINTR is nothing to it. What is thrown is shortage of memory, and the call was
  /// not made.
  void run(const CallRequest& request, const CallLimit& limit, process::RunResult& result);

  /// The same for a command to the daemon itself; the output is its lines.
  void control(std::string_view verb, std::span<const std::string_view> arguments,
               TimePoint deadline, process::RunResult& result);

  /// Sends the request, or as much of it as the kernel takes now; it is copied. Outcomes as of
  /// run(). The error is one that is known at once. What is thrown is shortage of memory, and
  /// nothing was taken.
  [[nodiscard]] tl::expected<JobId, process::Outcome> submit(const CallRequest& request,
                                                             const CallLimit& limit,
                                                             Completion completion);
  /// Ends a job: Cause::deadline, "cancelled". The daemon is told to end the program, which is not
  /// waited for. False when the job is over or unknown. The completion comes from a later step().
  bool cancel(JobId id);

  /// Connects and waits until the daemon has told of all programs that this process may call.
  [[nodiscard]] Result<void> meet(TimePoint until);
  /// Takes in what the daemon has told since the last look. Doesn't wait; no completion is called.
  void refresh();
  /// What the daemon has told of a program; nullptr: nothing, or that it is gone. Until the next
  /// call of any function.
  [[nodiscard]] const ProgramNotice* notice(std::string_view program) const;
  /// Names of all that it has told of.
  [[nodiscard]] std::vector<std::string> programs() const;

  /// Ends all jobs: Cause::deadline, "the server is stopping"; and refuses what comes from now on.
  void stop_all();
  /// Waits until something happens, but not past @p until, and handles it. Clock::now(), or
  /// earlier, doesn't wait.
  void step(TimePoint until);
  /// Some job's completion is still to come.
  [[nodiscard]] bool has_jobs() const { return !jobs_.empty(); }
  /// Steps until no job is left: true; or until @p until: false.
  bool run_until(TimePoint until);
  /// Readable when step() has something to do: for the host's own loop. Not to be read or changed.
  [[nodiscard]] int fd() const { return watches_.fd(); }

  [[nodiscard]] const ClientCounters& counters() const { return counters_; }

 private:
  using Key = Connection::Key;
  struct Call;
  struct Job;
  struct WaitedFor;
  struct KnownProgram {
    ProgramNotice notice;
    std::uint64_t connection = 0;  ///< that last told of it
  };

  Client(ClientOptions options, process::WatchSet watches, std::uint64_t first_id);

  // One call, of whichever kind.
  [[nodiscard]] static CallRequest with_what_is_of_use(const CallRequest& request,
                                                       const ProgramNotice* known);
  [[nodiscard]] TimePoint deadline_of(const CallLimit& limit, TimePoint requested,
                                      const ProgramNotice* known) const;
  template <typename Append>
  [[nodiscard]] tl::expected<void, process::Outcome> hand_in(Key key, Append append);
  template <typename Append>
  void run_call(WaitedFor& call, process::RunResult& result, Append append);
  void wait_for(WaitedFor& call);
  void run_known(const CallRequest& request, const CallLimit& limit, process::RunResult& result);
  [[nodiscard]] bool gets_to_know(const process::Outcome& refusal, std::string_view program,
                                  TimePoint until);
  void give_up(Key key, Call& call, process::Outcome outcome) noexcept;
  void finish(Key key, Call& call, process::Outcome outcome) noexcept;
  void end(Key key, Call& call) noexcept;
  [[nodiscard]] Call* find(Key key);
  [[nodiscard]] std::string_view id_of(Key key);
  [[nodiscard]] process::Outcome too_late() const noexcept;
  void take_new_timeout(const ProgramNotice& told);
  void set_alarm();

  // Connections.
  [[nodiscard]] tl::expected<Connection*, process::Outcome> connected();
  [[nodiscard]] Connection* find_connection(std::uint64_t number);
  void flush() noexcept;
  [[nodiscard]] bool watch_writing(bool wanted) noexcept;
  void move_on(bool lost) noexcept;
  void move(Key key, Call& call, std::string_view text) noexcept;
  void fail_sent(const Connection& connection) noexcept;
  void receive(Connection& from, Connection::Wait wait = Connection::Wait::no);
  void drop(std::vector<std::unique_ptr<Connection>>::iterator connection) noexcept;
  void drop_drained() noexcept;

  // DaemonMessages
  void on_hello(std::uint32_t version) override;
  void on_notice(ProgramNotice notice) override;
  void on_gone(std::string_view name) override;
  void on_ready() override;
  void on_reply(std::string_view id, process::RunResult& result) override;

  const ClientOptions options_;
  process::WatchSet watches_;
  const std::uint64_t first_id_;
  std::uint64_t connections_made_ = 0;
  std::unique_ptr<Connection> current_;                ///< takes requests
  std::vector<std::unique_ptr<Connection>> draining_;  ///< only replies are to come
  bool writing_watched_ = false;                       ///< of current_
  Connection* reading_ = nullptr;                      ///< whose messages are handed over now
  std::vector<char> buffer_;                           ///< of what is received
  pool::RequestId id_text_;
  std::map<std::string, KnownProgram, std::less<>> programs_;
  process::JobTable<Job> jobs_;
  WaitedFor* waited_for_ = nullptr;
  Key last_waited_for_ = 1;  ///< odd; a job's is even
  bool stopping_ = false;
  std::string last_fault_;  ///< why the last connection that was lost was
  ClientCounters counters_;
};

}  // namespace kamexec::service
