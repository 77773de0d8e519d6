// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/call_later.h"

#include "base/clock.h"
#include "kamailio/async/async_server.h"
#include "kamailio/async/job.h"
#include "kamailio/async/time_within.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/host_counters.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/server_executor.h"

namespace kamexec::module {
namespace {

void on_cancel(unsigned long id) noexcept {
  if (const AsyncServer* server = AsyncServer::get()) {
    server->channel_of(id).send_cancel(id);
  }
}

/// A slot among the jobs under way, given back unless a job has taken it over.
class AsyncSlot {
 public:
  AsyncSlot(AsyncServer& server, Waiter waiter)
      : server_(server), waiter_(waiter), id_(server.enter(waiter)) {}
  ~AsyncSlot() {
    if (id_ != 0 && !kept_) {
      server_.leave(waiter_);
    }
  }
  AsyncSlot(const AsyncSlot&) = delete;
  AsyncSlot& operator=(const AsyncSlot&) = delete;
  [[nodiscard]] AsyncId id() const { return id_; }
  void keep() { kept_ = true; }

 private:
  AsyncServer& server_;
  Waiter waiter_;
  AsyncId id_;
  bool kept_ = false;
};

/// Suspends and sends; "" or why not.
std::string start(HostMessage* message, AsyncServer& server, AsyncJobPtr& job,
                  bool& retransmission) {
  if (job->waiter == Waiter::nobody) {
    return server.channel_of(job->id).send(job) ? "" : "the queue to the module's process is full";
  }
  const char* why = "";
  const HostCancel cancel{on_cancel, job->id};
  int watched = 0;
  switch (host_suspend(message, &cancel, &job->suspended, &watched, &why)) {
    case HOST_RETRANSMISSION:
      retransmission = true;
      return "";
    case HOST_NOT_SUSPENDED:
      return why;
    case HOST_SUSPENDED:
      break;
  }
  const CommandTime time = time_within(
      host_suspend_limit_ms(), {job->timeout().count(), job->invocation.stop.grace.count()});
  job->invocation.deadline = after(job->requested, std::chrono::milliseconds(time.timeout));
  job->invocation.stop.grace = std::chrono::milliseconds(time.grace);
  const HostSuspended suspended = job->suspended;
  if (watched == 0) {
    log_warning(LogKind::other, "a CANCEL can't be detected: out of shared memory");
  }
  if (!server.channel_of(job->id).send(job)) {
    host_suspend_take_back(&suspended);
    return "the queue to the module's process is full";
  }
  return "";
}

/// The call didn't begin.
int end_with(const Command& command, process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  return record_call(command.label, result, command.program);
}

int refuse(const Command& command, std::string why) {
  return end_with(command, process::Outcome::refused(std::move(why)));
}

/// @p call of @p command, with what a suspension loses of @p message and where results go.
AsyncJob job_of(HostMessage* message, const Command& command, const engine::Invocation& call,
                const CallArguments& arguments, TimePoint requested) {
  AsyncJob job;
  job.function = command.function;
  job.requested = requested;
  job.invocation = call;
  job.label = command.label;
  if (command.asked != nullptr) {
    job.asked_program = command.program->definition.name;
    job.invocation.program = nullptr;
  }
  // What was parsed of a name that a call brought is this process's own.
  job.avps = arguments.avp_names.empty() ? arguments.avps : nullptr;
  job.out = arguments.out_name.empty() ? arguments.out : nullptr;
  job.err = arguments.err_name.empty() ? arguments.err : nullptr;
  job.avp_names = arguments.avp_names;
  job.out_name = arguments.out_name;
  job.err_name = arguments.err_name;
  job.next_hop = view(host_next_hop(message));
  job.path = view(host_path(message));
  return job;
}

}  // namespace

int call_later(HostMessage* message, const Command& command, Values& values,
               const CallArguments& arguments, const HostRoute* route) {
  const TimePoint requested = Clock::now();
  AsyncServer* server = AsyncServer::get();
  if (server == nullptr) {
    return refuse(command, "no process runs asynchronous calls: set the parameter workers");
  }
  if (const Result<void> may = server_executor().check(command.program); !may) {
    return refuse(command, may.error().message);
  }
  // What a worker wants is known to the process that asks it.
  auto call = invocation_of(message, command, values, arguments, engine::needs_of(command.program),
                            requested);
  if (!call) {
    return end_with(command, std::move(call.error()));
  }
  const Waiter waiter = route != nullptr ? Waiter::transaction : Waiter::nobody;
  call->unattended = waiter == Waiter::nobody;
  AsyncSlot slot(*server, waiter);
  if (slot.id() == 0) {
    return refuse(command,
                  std::string("the limit of running and waiting commands is reached (") +
                      (waiter == Waiter::transaction ? "async_running, async_waiting)"
                                                     : "cmd_async_running, cmd_async_waiting)"));
  }
  AsyncJob fixed = job_of(message, command, *call, arguments, requested);
  fixed.id = slot.id();
  fixed.waiter = waiter;
  if (route != nullptr) {
    fixed.route = *route;
  }
  AsyncJobPtr job = pack(fixed);
  if (!job) {
    return refuse(command, "out of shared memory");
  }
  // Before it goes: it may be over before this process goes on. Where it doesn't go, its owner here
  // ends it.
  server->begin(*job);
  slot.keep();
  bool retransmission = false;
  const std::string why = start(message, *server, job, retransmission);
  if (!why.empty()) {
    return refuse(command, why);
  }
  if (retransmission) {
    return 0;
  }
  host_counter_add(HOST_COUNTER_ASYNC_CALLS, 1);
  return route != nullptr ? 0 : 1;
}

}  // namespace kamexec::module
