// SPDX-License-Identifier: GPL-2.0-or-later
// The calls of all clients: each is answered by the cache, stored, or run by the one Executor of
// the daemon, and replied to once.
#pragma once

#include <functional>
#include <list>
#include <set>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/call.h"
#include "daemon/clients.h"
#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/served_programs.h"
#include "daemon/stored_calls.h"
#include "engine/executor.h"
#include "process/outcome.h"

namespace kamexec::daemon {

/// Not thread-safe. Nothing here waits but stop_until().
class CallRunner {
 public:
  CallRunner();
  ~CallRunner();
  CallRunner(const CallRunner&) = delete;
  CallRunner& operator=(const CallRunner&) = delete;

  /// Before anything else. @p clients: of whom the calls are; @p stored: what calls of programs
  /// that are stored go to. Both must outlive the use of this.
  [[nodiscard]] Result<void> open(Clients& clients, StoredCalls& stored);
  void set_log_calls(bool wanted) { log_calls_ = wanted; }

  /// Begins a call that @p from may make. Its reply is appended to the connection's out() now or
  /// later, but for one that was closed meanwhile.
  void begin(Connection& from, const ServedProgramPtr& program,
             const service::CallRequest& request);
  /// Replies to a call that is over before it began. @p program may be empty.
  void refuse(Connection& from, std::string_view id, std::string_view program,
              process::Outcome outcome);
  /// Begins a command to the daemon that may take its time: what is given is to be called once,
  /// with its reply.
  [[nodiscard]] std::function<void(const process::RunResult&)> begin_command(Connection& from,
                                                                             std::string_view id);
  /// Ends the call, if it isn't over.
  void cancel(Connection& from, std::string_view id);
  /// Ends all calls of a connection, which gets no replies any more.
  void abandon(Connection& from);

  // The loop's part.

  /// To be watched for reading; step() handles what has happened.
  [[nodiscard]] int fd() const { return executor_.fd(); }
  void step();
  /// When expire() is wanted.
  [[nodiscard]] TimePoint wake_at() const { return expire_at_; }
  /// Tells callers that wait for an answer of a cache, and whose deadline has passed.
  void expire(TimePoint now);

  /// Calls, and runs for the cache, that aren't over.
  [[nodiscard]] std::size_t in_flight() const { return running_.size(); }
  /// Ends all of them, and all workers; waits until @p until at the longest.
  void stop_until(TimePoint until) { executor_.stop_until(until); }

  [[nodiscard]] engine::Executor& executor() { return executor_; }
  [[nodiscard]] const engine::Executor& executor() const { return executor_; }

 private:
  using CallList = std::list<Call>;

  [[nodiscard]] Call& new_call(const ServedProgramPtr& program);
  void ask_cache(Call& call, const service::CallRequest& request, TimePoint deadline,
                 TimePoint now);
  void fetch(const ServedProgramPtr& program, const service::CallRequest& request,
             ResultCache::FetchId id, TimePoint now);
  [[nodiscard]] tl::expected<void, process::Outcome> submit(Connection* from, Call& call,
                                                            const service::CallRequest& request,
                                                            TimePoint deadline, TimePoint now);
  void store(Connection& from, Call& call, const service::CallRequest& request, TimePoint deadline,
             TimePoint now);
  [[nodiscard]] tl::expected<void, process::Outcome> hold(Connection& from, Call& call);
  void end(Call& call);
  void has_run(Call& call, const process::RunResult& result);
  void reply(Call& call, const process::RunResult& result);
  void forget(Call& call);
  void log(const Peer& peer, std::string_view id, std::string_view program,
           const process::RunResult& result);

  Clients* clients_ = nullptr;
  StoredCalls* stored_ = nullptr;
  engine::Executor executor_;
  CallList running_;
  CallList spare_;                      ///< their memory is used again
  std::set<ServedProgramPtr> waiting_;  ///< in whose caches callers may wait
  TimePoint expire_at_ = kNoDeadline;
  bool log_calls_ = false;
  LimitedLog failures_;
};

}  // namespace kamexec::daemon
