// SPDX-License-Identifier: GPL-2.0-or-later
// All calls, of clients and of others: each is answered by the cache, stored, or run by the one
// Executor of the daemon, and replied to once.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

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
  using Answer = std::function<void(const process::RunResult&)>;

  CallRunner();
  ~CallRunner();
  CallRunner(const CallRunner&) = delete;
  CallRunner& operator=(const CallRunner&) = delete;

  /// Before anything else. @p clients: of whom the calls are; @p stored: what calls of programs
  /// that are stored go to. Both must outlive the use of this.
  [[nodiscard]] Result<void> open(Clients& clients, StoredCalls& stored);
  /// What makes the runner of programs with via=nats, with the first of them: before that one.
  void set_fleet(std::function<Result<std::unique_ptr<engine::Runner>>()> make_runner) {
    make_fleet_runner_ = std::move(make_runner);
  }
  void set_log_calls(bool wanted) { log_calls_ = wanted; }

  /// Begins a call that @p from may make. Its reply is appended to the connection's out() now or
  /// later, but for one that was closed meanwhile.
  void begin(Connection& from, const ServedProgramPtr& program,
             const service::CallRequest& request);
  /// Begins a call of somebody who isn't a client, and answers once, perhaps before this returns.
  /// 0: it has been answered; otherwise what cancel() takes until then. @p request is copied; what
  /// is held of it is for who calls to bound. @p may_wait: as in engine::Invocation; a call that
  /// another one's run for the cache answers, or the disk, doesn't wait in that sense. @p attempt:
  /// not 0: the number of this attempt at what the request's id names; the program is told both.
  [[nodiscard]] CallNumber begin(const ServedProgramPtr& program,
                                 const service::CallRequest& request, bool may_wait, Answer answer,
                                 std::uint32_t attempt = 0);
  /// Ends it, if it isn't over: it is answered soon, as cancelled.
  void cancel(CallNumber number);

  /// Replies to a call that is over before it began. @p program may be empty.
  void refuse(Connection& from, std::string_view id, std::string_view program,
              process::Outcome outcome);
  /// Begins a command to the daemon that may take its time: what is given is to be called once,
  /// with its reply.
  [[nodiscard]] Answer begin_command(Connection& from, std::string_view id);
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
  void begin(Call& call, const service::CallRequest& request, TimePoint deadline, TimePoint now);
  void ask_cache(Call& call, const service::CallRequest& request, TimePoint deadline,
                 TimePoint now);
  void fetch(const ServedProgramPtr& program, const service::CallRequest& request, bool may_wait,
             ResultCache::FetchId id, TimePoint now);
  [[nodiscard]] tl::expected<void, process::Outcome> submit(Call& call,
                                                            const service::CallRequest& request,
                                                            TimePoint deadline, TimePoint now);
  void store(Call& call, const service::CallRequest& request, TimePoint deadline, TimePoint now);
  [[nodiscard]] tl::expected<void, process::Outcome> hold(Call& call);
  void end(Call& call);
  void has_run(Call& call, const process::RunResult& result);
  void reply(Call& call, const process::RunResult& result);
  void forget(Call& call);
  void log(const Peer* client, std::string_view id, std::string_view program,
           const process::RunResult& result);

  Clients* clients_ = nullptr;
  StoredCalls* stored_ = nullptr;
  std::function<Result<std::unique_ptr<engine::Runner>>()> make_fleet_runner_;
  engine::Executor executor_;
  CallList running_;
  CallList spare_;                                  ///< their memory is used again
  std::unordered_map<CallNumber, Call*> numbered_;  ///< those that no client has made
  CallNumber last_number_ = 0;
  std::set<ServedProgramPtr> waiting_;  ///< in whose caches callers may wait
  TimePoint expire_at_ = kNoDeadline;
  bool log_calls_ = false;
  LimitedLog failures_;
};

}  // namespace kamexec::daemon
