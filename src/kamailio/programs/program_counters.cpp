// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/program_counters.h"

#include <algorithm>
#include <string>

#include "kamailio/host/host_counters.h"
#include "kamailio/programs/program_shared.h"

namespace kamexec::module {
namespace {

using Read = long (*)(const void* shared) noexcept;

const ProgramShared& shared_of(const void* context) {
  return *static_cast<const ProgramShared*>(context);
}

std::uint64_t failed(const ProgramShared& shared) noexcept {
  return shared.ended(process::Cause::deadline) + shared.ended(process::Cause::not_started) +
         shared.ended(process::Cause::refused) + shared.ended(process::Cause::unusable);
}

struct Shown {
  const char* name;
  const char* description;
  Read read;
};

const Shown kShown[] = {
    {"calls", "calls of a named program that ended",
     [](const void* context) noexcept {
       const ProgramShared& shared = shared_of(context);
       return static_cast<long>(shared.ended(process::Cause::ok) +
                                shared.ended(process::Cause::nonzero_exit) + failed(shared));
     }},
    {"no", "of these, the calls with outcome no",
     [](const void* context) noexcept {
       return static_cast<long>(shared_of(context).ended(process::Cause::nonzero_exit));
     }},
    {"failed", "of these, the calls without an answer",
     [](const void* context) noexcept { return static_cast<long>(failed(shared_of(context))); }},
    {"running", "its running processes, or its busy workers",
     [](const void* context) noexcept { return static_cast<long>(shared_of(context).at_work()); }},
    {"waiting", "calls that wait for one",
     [](const void* context) noexcept {
       const ProgramShared& shared = shared_of(context);
       return static_cast<long>(shared.waiting.load() + shared.requests_queued.load());
     }},
    {"duration_us_sum", "microseconds of its calls without the refused ones",
     [](const void* context) noexcept {
       return static_cast<long>(shared_of(context).duration_us.load());
     }},
};

}  // namespace

Result<void> register_program_counters(const program::Programs& programs) {
  for (const auto& [name, program] : programs.all()) {
    std::string prefix = "program_" + name + "_";
    std::replace(prefix.begin(), prefix.end(), '-', '_');
    for (const Shown& shown : kShown) {
      const std::string counter = prefix + shown.name;
      if (host_counter_show(counter.c_str(), shown.description, shown.read,
                            &ProgramShared::of(program)) < 0) {
        return failure(
            "the counter exec." + counter +
            " can't be registered: do the names of two programs differ only in - and _?");
      }
    }
  }
  return {};
}

}  // namespace kamexec::module
