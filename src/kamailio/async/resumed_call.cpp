// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/resumed_call.h"

#include <optional>
#include <utility>

#include "kamailio/calls/functions.h"
#include "kamailio/calls/named.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

using Resumed = ProcessState::Resumed;

/// What the route that is about to go on is to get. Routes nest: taken out before it is applied.
std::optional<Resumed>& pending() {
  return process_state().resumed;
}

void restore(HostMessage* message, const AsyncJob& job) {
  if (job.invocation.uri != view(host_current_uri(message))) {
    host_set_uri(message, host_text(job.invocation.uri), -1);
  }
  host_set_next_hop(message, host_text(job.next_hop));
  host_set_path(message, host_text(job.path));
}

}  // namespace

bool resume_with(const AsyncJob& job, process::RunResult result) {
  pending() = Resumed{&job, std::move(result)};
  const bool resumed = host_resume(&job.suspended, &job.route) == 0;
  if (pending()) {
    // No route ran: the transaction was cancelled, or is over.
    process::RunResult unused = std::move(pending()->result);
    pending().reset();
    record_call(std::string(job.label), unused, job.invocation.program);
  }
  return resumed;
}

void apply_resumed(HostMessage* message) {
  if (!pending()) {
    return;
  }
  Resumed resumed = std::move(*pending());
  pending().reset();
  const AsyncJob& job = *resumed.job;
  restore(message, job);  // before anything that needs memory: it is the request's own
  const std::string label(job.label);
  const NamedAvps avps(host_text(job.avp_names));
  const NamedVariable out(host_text(job.out_name));
  const NamedVariable err(host_text(job.err_name));
  CallArguments arguments;
  arguments.avps = avps.get() != nullptr ? avps.get() : job.avps;
  arguments.out = out.get() != nullptr ? out.get() : job.out;
  arguments.err = err.get() != nullptr ? err.get() : job.err;
  const StandardError error = standard_error_of(arguments, resumed.result);
  apply_result(message, job.function, label, arguments, resumed.result, job.invocation.deadline);
  record_call(label, resumed.result, job.invocation.program, error);
}

}  // namespace kamexec::module
