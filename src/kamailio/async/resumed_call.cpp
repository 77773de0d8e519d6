// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/resumed_call.h"

#include <optional>
#include <utility>

#include "kamailio/calls/functions.h"
#include "kamailio/calls/named.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"

namespace kamexec {
namespace {

using Resumed = ProcessState::Resumed;

/// What the route that is about to go on is to get. Routes nest: taken out before it is applied.
std::optional<Resumed>& pending() {
  return process_state().resumed;
}

TimePoint deadline_of(const AsyncJob& job) {
  return job.timeout_ms > 0 ? after(job.requested, std::chrono::milliseconds(job.timeout_ms))
                            : kNoDeadline;
}

void restore(HostMessage* message, const AsyncTexts& texts) {
  if (texts.uri != view(host_current_uri(message))) {
    host_set_uri(message, host_text(texts.uri), -1);
  }
  host_set_next_hop(message, host_text(texts.next_hop));
  host_set_path(message, host_text(texts.path));
}

}  // namespace

bool resume_with(const AsyncJob& job, RunResult result) {
  pending() = Resumed{&job, std::move(result)};
  const bool resumed = host_resume(&job.suspended, &job.route) == 0;
  if (pending()) {
    // No route ran: the transaction was cancelled, or is over.
    RunResult unused = std::move(pending()->result);
    pending().reset();
    record_call(std::string(unpack_texts(job).label), unused, job.program);
  }
  return resumed;
}

void apply_resumed(HostMessage* message) {
  if (!pending()) {
    return;
  }
  Resumed resumed = std::move(*pending());
  pending().reset();
  const AsyncTexts texts = unpack_texts(*resumed.job);
  restore(message, texts);  // before anything that needs memory: it is the request's own
  const std::string label(texts.label);
  const NamedAvps avps(host_text(texts.avp_names));
  const NamedVariable out(host_text(texts.out_name));
  const NamedVariable err(host_text(texts.err_name));
  CallArguments arguments;
  arguments.names = avps.get() != nullptr ? avps.get() : resumed.job->names;
  arguments.out = out.get() != nullptr ? out.get() : resumed.job->out;
  arguments.err = err.get() != nullptr ? err.get() : resumed.job->err;
  const StandardError error = standard_error_of(arguments, resumed.result);
  apply_result(message, resumed.job->function, label, arguments, resumed.result,
               deadline_of(*resumed.job));
  record_call(label, resumed.result, resumed.job->program, error);
}

}  // namespace kamexec
