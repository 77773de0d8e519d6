// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/offered_calls.h"

#include <exception>
#include <string>
#include <utility>

namespace kamexec::daemon {

ServedPrograms offered_programs(const ServedPrograms& programs, bool by_default) {
  ServedPrograms offered;
  for (const auto& [name, served] : programs) {
    const program::ProgramDefinition& definition = served->program.definition;
    const engine::Way way = engine::way_of(&served->program);
    const bool runs_here = way == engine::Way::spawn || way == engine::Way::pool;
    if (runs_here && definition.offer.value_or(by_default)) {
      offered.emplace(name, served);
    }
  }
  return offered;
}

engine::Needs wants_of(const ServedProgram& program) {
  const service::ProgramNotice& notice = program.notice;
  return {.variables = notice.variables,
          .input = notice.input,
          .uri = notice.uri,
          .message = notice.message};
}

OfferedCalls::OfferedCalls(CallRunner& runner, Answer answer)
    : runner_(runner), answer_(std::move(answer)) {}

void OfferedCalls::on_call(fleet::OfferedCallId id, std::string_view program,
                           const fleet::ReceivedCall& received, bool may_wait) {
  const auto found = programs_.find(program);
  if (found == programs_.end()) {
    refuse(id, process::Outcome::not_started(
                   {"this kamexecd doesn't offer the program " + std::string(program), 0}));
    return;
  }
  try {
    calls_.emplace(id, 0);  // before it begins: afterwards nothing may fail
    const CallNumber number = runner_.begin(
        found->second, received.request(), may_wait,
        [this, id](const process::RunResult& result) { has_ended(id, result); },
        received.attempt());
    if (const auto begun = calls_.find(id); begun != calls_.end()) {
      begun->second = number;
    }
  } catch (const std::exception&) {
    // What begin() throws comes before anything runs.
    calls_.erase(id);
    refuse(id, process::Outcome::short_of_memory(process::Cause::refused));
  }
}

void OfferedCalls::on_cancel(fleet::OfferedCallId id) {
  if (const auto found = calls_.find(id); found != calls_.end()) {
    const CallNumber number = found->second;
    calls_.erase(found);
    runner_.cancel(number);
  }
}

void OfferedCalls::has_ended(fleet::OfferedCallId id, const process::RunResult& result) {
  calls_.erase(id);
  answer_(id, result, process::may_run_elsewhere(result.outcome));
}

void OfferedCalls::refuse(fleet::OfferedCallId id, process::Outcome outcome) {
  process::RunResult result;
  result.outcome = std::move(outcome);
  answer_(id, result, process::may_run_elsewhere(result.outcome));
}

}  // namespace kamexec::daemon
