// SPDX-License-Identifier: GPL-2.0-or-later
// Entry points of RPC commands and statistics: named programs, asynchronous calls.
#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kamailio/async/async_server.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/programs/program_shared.h"
#include "kamailio/programs/service_status.h"
#include "kamailio/state/settings.h"
#include "program/read_program.h"

namespace kamexec::module {
namespace {

const std::vector<ServiceStatus::Group> kNoGroups;

void show_calls(const KamexecProgramSink& sink, const ProgramShared& shared) {
  const auto number = [&sink](const char* name, std::uint64_t value) {
    sink.number(sink.context, name, value);
  };
  sink.group(sink.context, "calls");
  number("ok", shared.ended(process::Cause::ok));
  number("no", shared.ended(process::Cause::nonzero_exit));
  number("deadline", shared.ended(process::Cause::deadline));
  number("not_started", shared.ended(process::Cause::not_started));
  number("refused", shared.ended(process::Cause::refused));
  number("unusable", shared.ended(process::Cause::unusable));
  number("duration_us_sum", shared.duration_us.load());
}

/// Of via=service: the calls of this server, and what the daemon says of all that it has.
void show_service(const KamexecProgramSink& sink, const std::string& name,
                  const ProgramShared& shared, const ServiceStatus& status) {
  sink.group(sink.context, "requests");
  sink.number(sink.context, "running", shared.running);
  const std::vector<ServiceStatus::Group>* const groups = status.find(name);
  const bool is_unknown = groups == nullptr && status.answered();
  sink.group(sink.context, "service");
  sink.text(sink.context, "socket", settings().service.c_str());
  sink.text(sink.context, "state",
            is_unknown ? "has no such program for this user" : status.state().c_str());
  for (const ServiceStatus::Group& group : groups != nullptr ? *groups : kNoGroups) {
    sink.group(sink.context, ("service_" + group.name).c_str());
    for (const auto& [key, value] : group.values) {
      if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        sink.number(sink.context, key.c_str(), *number);
      } else {
        sink.text(sink.context, key.c_str(), std::get<std::string>(value).c_str());
      }
    }
  }
}

void show_now(const KamexecProgramSink& sink, program::Via via, const ProgramShared& shared) {
  const auto number = [&sink](const char* name, std::uint64_t value) {
    sink.number(sink.context, name, value);
  };
  if (via == program::Via::spawn) {
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

/// @p status: asked once for all, with the first that it is needed for.
void show(const KamexecProgramSink& sink, const program::Program& program,
          std::optional<ServiceStatus>& status) {
  sink.program(sink.context, program.definition.name.c_str());
  sink.group(sink.context, "attributes");
  for (const program::AttributeText& attribute :
       program::describe(program.definition, program::Reader::server)) {
    if (attribute.name != "name") {
      sink.text(sink.context, std::string(attribute.name).c_str(), attribute.value.c_str());
    }
  }
  const ProgramShared& shared = ProgramShared::of(program);
  show_calls(sink, shared);
  if (program.definition.via != program::Via::service) {
    show_now(sink, program.definition.via, shared);
    return;
  }
  if (!status) {
    status = ServiceStatus::ask();
  }
  show_service(sink, program.definition.name, shared, *status);
}

/// Calls @p body(program) for the one of that name, or for all where it is empty. How many.
template <typename Body>
int for_programs(std::string_view name, Body body) {
  int found = 0;
  for (const auto& [known, program] : named_programs().all()) {
    if (name.empty() || name == known) {
      body(program);
      ++found;
    }
  }
  return found;
}

int reload(std::string_view name) {
  int pools = 0;
  const int found = for_programs(name, [&pools](const program::Program& program) {
    if (program.definition.via == program::Via::pool) {
      ProgramShared::of(program).generation.fetch_add(1);
      ++pools;
    }
  });
  if (const AsyncServer* server = AsyncServer::get(); server != nullptr && pools > 0) {
    server->wake_all();
  }
  return found == 0 && !name.empty() ? -1 : pools;
}

KamexecJobView view_of(const JobView& job) {
  return {job.id,
          job.label.data(),
          job.label.size(),
          static_cast<unsigned long>(job.age_ms),
          static_cast<unsigned long>(job.timeout_ms),
          job.bytes,
          job.waiter == Waiter::transaction ? 1 : 0};
}

long under_way(Waiter waiter) {
  const AsyncServer* server = AsyncServer::get();
  return server != nullptr ? static_cast<long>(server->under_way(waiter)) : 0;
}

}  // namespace
}  // namespace kamexec::module

using namespace kamexec::module;

using namespace kamexec;

int kamexec_programs(HostText name, const KamexecProgramSink* sink) noexcept {
  return guarded(
      [&] {
        std::optional<ServiceStatus> status;
        return for_programs(view(name), [&](const kamexec::program::Program& program) {
          show(*sink, program, status);
        });
      },
      -1);
}

int kamexec_programs_reload(HostText name) noexcept {
  return guarded([name] { return reload(view(name)); }, -1);
}

int kamexec_jobs(size_t most, void (*sink)(void* context, const KamexecJobView* job),
                 void* context) noexcept {
  return guarded(
      [&] {
        if (const AsyncServer* server = AsyncServer::get()) {
          for (const JobView& job : server->jobs().look(most)) {
            const KamexecJobView shown = view_of(job);
            sink(context, &shown);
          }
        }
        return 0;
      },
      -1);
}

int kamexec_job_kill(unsigned long id) noexcept {
  return guarded(
      [id] {
        const AsyncServer* server = AsyncServer::get();
        if (server == nullptr || !server->jobs().has(id)) {
          return -1;
        }
        server->channel_of(id).send_cancel(id);
        return 0;
      },
      -1);
}

long kamexec_async_under_way(void) noexcept {
  return guarded([] { return under_way(Waiter::transaction) + under_way(Waiter::nobody); }, 0L);
}

long kamexec_cmd_async_under_way(void) noexcept {
  return guarded([] { return under_way(Waiter::nobody); }, 0L);
}
