// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/call_later.h"

#include "kamailio/async/async_server.h"
#include "kamailio/async/job.h"
#include "kamailio/async/time_within.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/host_counters.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"

namespace kamexec {
namespace {

void take_texts(char* const* from, std::vector<std::string_view>& into) {
  for (; *from != nullptr; ++from) {
    into.emplace_back(*from);
  }
}

AsyncTexts texts_of(HostMessage* message, const Command& command, const ReadyCall& call,
                    const ResultNames& names) {
  AsyncTexts texts;
  texts.avp_names = names.avps;
  texts.out_name = names.out;
  texts.err_name = names.err;
  texts.label = command.label;
  texts.program = call.start.program;
  take_texts(call.start.argv, texts.arguments);
  take_texts(call.start.environment, texts.variables);
  texts.input = call.options.input;
  texts.uri = view(host_current_uri(message));
  texts.next_hop = view(host_next_hop(message));
  texts.path = view(host_path(message));
  return texts;
}

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
  const CommandTime time = time_within(host_suspend_limit_ms(), {job->timeout_ms, job->grace_ms});
  job->timeout_ms = time.timeout;
  job->grace_ms = time.grace;
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

int refuse(const Command& command, std::string why) {
  RunResult result = refused(std::move(why));
  return record_call(command.label, result, command.program);
}

}  // namespace

int call_later(HostMessage* message, const Command& command, Values& values,
               const CallArguments& arguments, const ResultNames& names, const HostRoute* route) {
  AsyncServer* server = AsyncServer::get();
  if (server == nullptr) {
    return refuse(command, "no process runs asynchronous calls: set the parameter workers");
  }
  if (auto complete = complete_values(message, command, values); !complete) {
    RunResult result;
    result.outcome = std::move(complete.error());
    return record_call(command.label, result, command.program);
  }
  CallWants wants = wants_of(command.function, message, arguments);
  wants.output = wants.output || !names.out.empty();
  wants.error = wants.error || !names.err.empty();
  const Result<ReadyCall> call = ready_call(message, command, values.views(), wants);
  if (!call) {
    return refuse(command, call.error().message);
  }
  const Waiter waiter = route != nullptr ? Waiter::transaction : Waiter::nobody;
  AsyncSlot slot(*server, waiter);
  if (slot.id() == 0) {
    return refuse(command,
                  std::string("the limit of running and waiting commands is reached (") +
                      (waiter == Waiter::transaction ? "async_running, async_waiting)"
                                                     : "cmd_async_running, cmd_async_waiting)"));
  }
  AsyncJob fixed;
  fixed.id = slot.id();
  fixed.function = command.function;
  fixed.waiter = waiter;
  if (route != nullptr) {
    fixed.route = *route;
  }
  // What was parsed of a name that a call brought is this process's own.
  fixed.names = names.avps.empty() ? arguments.names : nullptr;
  fixed.out = names.out.empty() ? arguments.out : nullptr;
  fixed.err = names.err.empty() ? arguments.err : nullptr;
  fixed.requested = Clock::now();
  fixed.timeout_ms = call->options.timeout.count();
  fixed.grace_ms = call->options.stop.grace.count();
  fixed.program = command.program;
  fixed.capture_output = call->options.capture_output;
  fixed.capture_error = call->options.capture_error;
  AsyncJobPtr job = pack(fixed, texts_of(message, command, *call, names));
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

}  // namespace kamexec
