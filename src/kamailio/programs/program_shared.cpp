// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/program_shared.h"

#include <new>

#include "kamailio/host/host_process.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

/// Adds the difference, which may be negative: unsigned arithmetic wraps to the right sum.
template <typename Number>
void add_change(ProgramShared::Counter& sum, Number& last, Number now) {
  if (now != last) {
    sum.fetch_add(static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(last));
    last = now;
  }
}

}  // namespace

Result<void> ProgramShared::create(const program::Programs& programs) {
  for (const auto& [name, program] : programs.all()) {
    void* memory = host_shared_allocate(sizeof(ProgramShared));
    if (memory == nullptr) {
      return failure("no shared memory for the program " + name);
    }
    server_state().shared_of_programs[&program] = new (memory) ProgramShared;
  }
  return {};
}

ProgramShared& ProgramShared::of(const program::Program& program) {
  return *server_state().shared_of_programs.at(&program);
}

ProgramShared* ProgramShared::find(const program::Program& program) {
  const auto found = server_state().shared_of_programs.find(&program);
  return found == server_state().shared_of_programs.end() ? nullptr : found->second;
}

void ProgramShared::count(const process::Outcome& outcome) {
  outcomes[static_cast<std::size_t>(outcome.cause)].fetch_add(1);
  if (outcome.cause != process::Cause::refused) {
    duration_us.fetch_add(static_cast<std::uint64_t>(outcome.duration.count()));
  }
}

void PoolReport::tell(const pool::PoolGauges& gauges, const pool::PoolCounters& counters) {
  add_change(shared_.workers_starting, gauges_.starting, gauges.starting);
  add_change(shared_.workers_idle, gauges_.idle, gauges.idle);
  add_change(shared_.workers_busy, gauges_.busy, gauges.busy);
  add_change(shared_.workers_leaving, gauges_.leaving, gauges.leaving);
  add_change(shared_.requests_queued, gauges_.queued, gauges.queued);
  add_change(shared_.workers_started, counters_.started, counters.started);
  add_change(shared_.worker_start_failures, counters_.start_failures, counters.start_failures);
  add_change(shared_.workers_failed, counters_.failed, counters.failed);
  add_change(shared_.workers_closed, counters_.closed, counters.closed);
  add_change(shared_.breaker_opened, counters_.breaker_opened, counters.breaker_opened);
}

}  // namespace kamexec::module
