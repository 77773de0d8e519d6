// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/program_places.h"

#include <algorithm>
#include <map>
#include <new>
#include <string>
#include <thread>

#include "kamailio/host_process.h"
#include "process/deadline.h"

namespace kamexec {
namespace {

/// A place is looked for again so often: far below what a program takes, far above what looking
/// costs.
constexpr std::chrono::milliseconds kLookAgain{2};

std::map<const Program*, ProgramPlaces*>& all() {
  static std::map<const Program*, ProgramPlaces*> places;
  return places;
}

}  // namespace

Result<void> ProgramPlaces::create(const Programs& programs) {
  for (const auto& [name, program] : programs.all()) {
    void* memory = host_shared_allocate(sizeof(ProgramPlaces));
    if (memory == nullptr) {
      return failure("no shared memory for the program " + name);
    }
    all()[&program] = new (memory) ProgramPlaces;
  }
  return {};
}

ProgramPlaces& ProgramPlaces::of(const Program& program) {
  return *all().at(&program);
}

bool ProgramPlaces::try_enter(std::uint32_t most) {
  if (running_.fetch_add(1) < most) {
    return true;
  }
  running_.fetch_sub(1);
  return false;
}

Result<void> ProgramPlaces::enter(const ProgramDefinition& program,
                                  std::chrono::milliseconds timeout) {
  const auto most = static_cast<std::uint32_t>(program.most_running);
  if (try_enter(most)) {
    return {};
  }
  if (waiting_.fetch_add(1) >= program.most_queued) {
    waiting_.fetch_sub(1);
    return failure(std::to_string(most) + " of " + program.name + " run already, and " +
                   std::to_string(program.most_queued) + " wait (max, queue)");
  }
  const std::chrono::milliseconds patience =
      program.queue_time.count() > 0 ? std::min(program.queue_time, timeout) : timeout;
  const TimePoint until = Clock::now() + patience;
  bool entered = false;
  while (!(entered = try_enter(most)) && Clock::now() < until) {
    std::this_thread::sleep_for(kLookAgain);
  }
  waiting_.fetch_sub(1);
  if (!entered) {
    return failure("no place for " + program.name + " within " + std::to_string(patience.count()) +
                   " ms");
  }
  return {};
}

}  // namespace kamexec
