// SPDX-License-Identifier: GPL-2.0-or-later
// What RPC asks of named programs.
#include <algorithm>
#include <exception>
#include <string>

#include "kamailio/async/async_server.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/programs/program_shared.h"
#include "program/read_program.h"

namespace kamexec {
namespace {

void show_calls(const KamexecProgramSink& sink, const ProgramShared& shared) {
  const auto number = [&sink](const char* name, std::uint64_t value) {
    sink.number(sink.context, name, value);
  };
  sink.group(sink.context, "calls");
  number("ok", shared.ended(Cause::ok));
  number("no", shared.ended(Cause::nonzero_exit));
  number("deadline", shared.ended(Cause::deadline));
  number("not_started", shared.ended(Cause::not_started));
  number("refused", shared.ended(Cause::refused));
  number("unusable", shared.ended(Cause::unusable));
  number("duration_us_sum", shared.duration_us.load());
}

void show_now(const KamexecProgramSink& sink, Via via, const ProgramShared& shared) {
  const auto number = [&sink](const char* name, std::uint64_t value) {
    sink.number(sink.context, name, value);
  };
  if (via == Via::spawn) {
    sink.group(sink.context, "processes");
    number("running", shared.running);
    number("waiting", shared.waiting);
    return;
  }
  sink.group(sink.context, "workers");
  number("starting", shared.workers_starting);
  // A SIP worker tells what its pool has when a call is over: its own at work counts as idle.
  number("idle",
         shared.workers_idle - std::min<std::uint64_t>(shared.workers_idle, shared.running));
  number("busy", shared.at_work());
  number("leaving", shared.workers_leaving);
  number("requests_queued", shared.requests_queued);
  number("started", shared.workers_started);
  number("start_failures", shared.worker_start_failures);
  number("failed", shared.workers_failed);
  number("closed", shared.workers_closed);
  number("breaker_opened", shared.breaker_opened);
  number("reloads", shared.generation);
}

void show(const KamexecProgramSink& sink, const Program& program) {
  sink.program(sink.context, program.definition.name.c_str());
  sink.group(sink.context, "attributes");
  for (const AttributeText& attribute : describe(program.definition)) {
    if (attribute.name != "name") {
      sink.text(sink.context, std::string(attribute.name).c_str(), attribute.value.c_str());
    }
  }
  const ProgramShared& shared = ProgramShared::of(program);
  show_calls(sink, shared);
  show_now(sink, program.definition.via, shared);
}

/// Calls @p body(program) for the one of that name, or for all where it is empty.
template <typename Body>
int for_programs(std::string_view name, Body body) noexcept {
  try {
    int found = 0;
    for (const auto& [known, program] : named_programs().all()) {
      if (name.empty() || name == known) {
        body(program);
        ++found;
      }
    }
    return found;
  } catch (const std::exception& e) {
    log_error(e.what());
    return -1;
  }
}

}  // namespace
}  // namespace kamexec

int kamexec_programs(HostText name, const KamexecProgramSink* sink) {
  return kamexec::for_programs(kamexec::view(name), [sink](const kamexec::Program& program) {
    kamexec::show(*sink, program);
  });
}

int kamexec_programs_reload(HostText name) {
  int pools = 0;
  const int found =
      kamexec::for_programs(kamexec::view(name), [&pools](const kamexec::Program& program) {
        if (program.definition.via == kamexec::Via::pool) {
          kamexec::ProgramShared::of(program).generation.fetch_add(1);
          ++pools;
        }
      });
  if (const kamexec::AsyncServer* server = kamexec::AsyncServer::get();
      server != nullptr && pools > 0) {
    server->wake_all();
  }
  return found <= 0 && name.length > 0 ? -1 : pools;
}
