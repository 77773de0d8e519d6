// SPDX-License-Identifier: GPL-2.0-or-later
// What comes of a try, and how a call ends.
#include <algorithm>
#include <exception>
#include <utility>

#include "fleet/call_message.h"
#include "fleet/fleet_call.h"
#include "fleet/fleet_words.h"

namespace kamexec::fleet {
namespace {

using process::Cause;
using process::JobId;
using process::JobState;
using process::Outcome;
using process::RunResult;

bool is_answer(const Outcome& outcome) {
  return outcome.cause == Cause::ok || outcome.cause == Cause::nonzero_exit;
}

/// Takes it out of those that are open.
std::optional<Try> take_try(FleetCall& call, std::uint64_t number) {
  const auto found = std::find_if(call.open.begin(), call.open.end(),
                                  [number](const Try& one) { return one.number == number; });
  if (found == call.open.end()) {
    return std::nullopt;
  }
  Try taken = std::move(*found);
  call.open.erase(found);
  return taken;
}

RunResult short_of_memory() noexcept {
  RunResult result;
  result.outcome = Outcome::short_of_memory(Cause::unusable);
  return result;
}

}  // namespace

void FleetRunner::State::on_answer(JobId id, std::uint64_t number, const nats::Incoming& message) {
  Call* const call = calls.find(id);
  if (call == nullptr || call->state == JobState::finished) {
    return;
  }
  try {
    if (const std::optional<Try> of = take_try(*call, number)) {
      take_answer(*call, *of, read_answer(message, of->id.text(), call->output_limit));
    }
  } catch (const std::exception&) {
    finish(*call, short_of_memory());
  }
  set_alarm_unless_results();
}

void FleetRunner::State::on_failure(JobId id, std::uint64_t number, const nats::Trouble& trouble) {
  Call* const call = calls.find(id);
  if (call == nullptr || call->state == JobState::finished) {
    return;
  }
  try {
    if (std::optional<Try> of = take_try(*call, number)) {
      take_failure(*call, std::move(*of), trouble);
    }
  } catch (const std::exception&) {
    finish(*call, short_of_memory());
  }
  set_alarm_unless_results();
}

void FleetRunner::State::take_answer(Call& call, const Try& of, Answer answer) {
  workers.answered(call.program, answer, answer.elsewhere, now());
  if (is_answer(answer.result.outcome)) {
    call.figures->figures.hedge_won += of.hedge ? 1 : 0;
    finish(call, std::move(answer.result));
    return;
  }
  Failed sent;
  if (answer.incomplete && !of.everything) {
    Try again = of;
    again.worker = answer.worker.id;
    again.to = again.worker.empty() ? To::any : To::one;
    again.everything = true;
    sent = send(call, std::move(again));
  } else if (answer.elsewhere && call.asked < call.rule.tries) {
    if (!answer.worker.id.empty()) {
      call.tried.push_back(answer.worker.id);
    }
    if (of.hedge && choose(call, Workers::Among::all).empty()) {
      settle_for(call, std::move(answer.result));  // the queue group has it, and may be silent
      return;
    }
    sent = send_next(call, of);
    if (sent) {
      ++call.asked;
      ++call.figures->figures.second_tries;
    }
  } else {
    answer.result.outcome.detail = detail_of(answer, call.asked);
    settle_for(call, std::move(answer.result));
    return;
  }
  if (!sent) {
    settle_for(call, std::move(sent.error()));
  }
}

void FleetRunner::State::take_failure(Call& call, Try of, const nats::Trouble& trouble) {
  FleetFigures& figures = call.figures->figures;
  const std::string subject = of.to == To::one ? options.subjects.to(of.worker, call.program)
                                               : options.subjects.call(call.program);
  const auto is_over = [&] {
    settle_for(call, outcome_of(trouble, call.program, subject, link.state()));
  };
  switch (trouble.failure) {
    case nats::Failure::timed_out:
      call.open.push_back(std::move(of));
      expire(call);
      return;
    case nats::Failure::no_responders:
      if (of.to != To::any) {
        ask_another(call, std::move(of));
        return;
      }
      ++figures.no_responders;
      break;
    case nats::Failure::connection_lost:
      ++figures.lost;
      if (call.rule.idempotent) {
        send_when_connected(call, now());
        return;
      }
      is_over();
      return;
    case nats::Failure::not_connected:
      break;
    case nats::Failure::too_large:
    case nats::Failure::no_memory:
    case nats::Failure::not_permitted:
      is_over();
      return;
  }
  if (call.was_lost) {
    // The server was away, and whoever served it may not be back yet.
    send_when_connected(call, after(now(), kLookAgain));
  } else {
    is_over();
  }
}

/// Nobody has got @p of: it has not counted as a try.
void FleetRunner::State::ask_another(Call& call, Try of) {
  if (of.to == To::one) {
    workers.failed(call.program, of.worker);
    of.worker = ++call.gone <= kMostGone ? choose(call) : std::string();
  }
  of.to = of.worker.empty() ? To::any : To::one;
  if (auto sent = send(call, std::move(of)); !sent) {
    settle_for(call, std::move(sent.error()));
  }
}

void FleetRunner::State::expire(Call& call) {
  RunResult result;
  try {
    WorkerName by;
    for (const Try& one : call.open) {
      if (one.to == To::one) {
        by.id = one.worker;
        workers.failed(call.program, one.worker);
      }
    }
    result.outcome = unanswered(call.program, by, call.was_lost);
  } catch (const std::exception&) {
    result.outcome = Outcome::short_of_memory(Cause::deadline);
  }
  finish(call, std::move(result));
}

void FleetRunner::State::settle_for(Call& call, Outcome outcome) {
  RunResult result;
  result.outcome = std::move(outcome);
  settle_for(call, std::move(result));
}

void FleetRunner::State::settle_for(Call& call, RunResult result) {
  const bool has_run = result.outcome.cause != Cause::refused;
  // Of two, a refusal says less than how a run has ended.
  if (!call.kept || call.kept->outcome.cause == Cause::refused) {
    call.kept = std::move(result);
  }
  if (call.open.empty() && !call.lost) {
    finish(call, std::move(*call.kept));
  } else if (!has_run) {
    calls.set_time(call, next_hedge(call, now()));  // the one that has it may be silent for ever
  }
}

void FleetRunner::State::close_open(Call& call) noexcept {
  for (const Try& one : call.open) {
    link.forget(one.request);
    try {
      std::string cancel;
      append_cancel(cancel, one.id.text());
      static_cast<void>(
          link.publish({.subject = options.subjects.cancel(call.program), .payload = cancel}));
    } catch (const std::exception&) {
      // The worker daemon has the deadline, too.
    }
  }
  call.open.clear();
}

void FleetRunner::State::finish(Call& call, RunResult result) noexcept {
  close_open(call);
  call.lost = false;
  call.result = std::move(result);
  call.result.outcome.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(now() - call.requested);
  if (!call.wants_output) {
    call.result.output.clear();
  }
  if (call.result.error.size() > call.error_limit) {
    call.result.error.resize(call.error_limit);
    call.result.error_truncated = true;
  }
  --call.figures->under_way;
  calls.finish(call);
}

}  // namespace kamexec::fleet
