// SPDX-License-Identifier: GPL-2.0-or-later
// Who is asked: docs/fleet-protocol.md, "Rules".
#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "fleet/fleet_call.h"
#include "fleet/fleet_words.h"

namespace kamexec::fleet {
namespace {

using process::Outcome;

/// A worker daemon that gets less can't answer in time.
constexpr std::chrono::milliseconds kLeast{1};

std::chrono::milliseconds time_left(TimePoint now, TimePoint deadline) {
  if (deadline == kNoDeadline) {
    return std::chrono::milliseconds(0);  // no limit
  }
  // Down: an answer after the deadline is of no use to anybody. Not to 0, which has a meaning.
  return std::max(std::chrono::floor<std::chrono::milliseconds>(deadline - now), kLeast);
}

/// Worker daemons that have a call when it is hedged.
constexpr std::size_t kTwo = 2;

/// The last one that may be asked had better be one that waits.
bool is_last(const FleetCall& call) {
  return call.asked + 1 >= call.rule.tries;
}

}  // namespace

/// The first try.
FleetRunner::State::Failed FleetRunner::State::begin(Call& call) {
  if (now() >= call.deadline) {
    return tl::unexpected(unanswered(call.program, {}, false));
  }
  Try first;
  first.to = options.zone.empty() ? To::any : To::zone;
  first.may_wait = is_last(call);
  Failed sent = send(call, std::move(first));
  if (sent) {
    ++call.asked;
  }
  return sent;
}

/// Sends one; where that fails, nobody has it.
FleetRunner::State::Failed FleetRunner::State::send(Call& call, Try attempt) {
  const std::string subject =
      attempt.to == To::zone  ? options.subjects.call_in_zone(call.program, options.zone)
      : attempt.to == To::one ? options.subjects.to(attempt.worker, call.program)
                              : options.subjects.call(call.program);
  const auto failed = [&](nats::Failure failure) {
    return tl::unexpected(outcome_of({failure, ""}, call.program, subject, link.state()));
  };
  if (call.text->own_id().empty()) {
    const Result<pool::RequestId> id = ids.next();
    if (!id) {
      return tl::unexpected(Outcome::refused(id.error()));
    }
    attempt.id = *id;
  } else {
    attempt.id = pool::RequestId(call.text->own_id());
  }
  const TimePoint time = now();
  const std::size_t most = link.state().max_payload;
  const bool fits =
      text.write(*call.text, {.id = attempt.id.text(),
                              .time_left = time_left(time, call.deadline),
                              .wanted = attempt.everything
                                            ? kAllParts
                                            : workers.needs(call.program, time).value_or(kAllParts),
                              .may_wait = attempt.may_wait,
                              .most = most > 0 ? most : std::numeric_limits<std::size_t>::max()});
  if (!fits) {
    return failed(nats::Failure::too_large);
  }
  call.open.reserve(call.open.size() + 1);  // so that a request that was sent is known
  attempt.number = ++last_try;
  const auto request = link.request(
      {.subject = subject, .headers = text.headers(), .payload = text.payload()}, call.deadline,
      [this, id = call.id, number = attempt.number](const nats::Incoming& message) {
        on_answer(id, number, message);
      },
      [this, id = call.id, number = attempt.number](const nats::Trouble& trouble) {
        on_failure(id, number, trouble);
      });
  if (!request) {
    return failed(request.error());
  }
  attempt.request = *request;
  call.open.push_back(std::move(attempt));
  return {};
}

/// In the place of @p after, which was not taken.
FleetRunner::State::Failed FleetRunner::State::send_next(Call& call, Try after) {
  Try next;
  next.worker = choose(call, after.hedge ? Workers::Among::all : Workers::Among::free);
  next.to = next.worker.empty() ? To::any : To::one;
  next.may_wait = is_last(call) && !after.hedge;
  next.everything = after.everything;
  next.hedge = after.hedge;
  return send(call, std::move(next));
}

/// The worker daemon that is asked directly; empty: none is known.
std::string FleetRunner::State::choose(const Call& call, Workers::Among among) const {
  std::vector<std::string> tried = call.tried;
  for (const Try& one : call.open) {
    if (one.to == To::one) {
      tried.push_back(one.worker);
    }
  }
  return std::string(workers.choose(call.program, options.zone, tried, now(), among));
}

/// When hedge() is due, if @p call is silent until then; its deadline, if not before.
TimePoint FleetRunner::State::next_hedge(const Call& call, TimePoint time) {
  const bool may_be =
      call.patience.count() > 0 && call.open.size() < std::max(call.rule.tries, kTwo);
  return may_be ? std::min(call.deadline, after(time, call.patience)) : call.deadline;
}

/// Has a second worker daemon do the same, while the first is silent; and one more each time that
/// nobody has answered, as the second may be the silent one: of a queue group it isn't known who
/// has a call.
void FleetRunner::State::hedge(Call& call, TimePoint time) {
  if (call.open.empty() || call.deadline - time <= kLeast) {
    return;
  }
  std::vector<std::string> have;
  for (const Try& one : call.open) {
    have.push_back(one.worker);
  }
  Try second;
  // Who has just refused is better than who may be silent, and so is one of another zone.
  second.worker = workers.choose(call.program, {}, have, time, Workers::Among::all);
  if (second.worker.empty() && call.open.size() > 1) {
    return;  // the queue group has it already
  }
  if (call.open.size() == 1 && call.open.front().to == To::zone &&
      !workers.has_answered_since(call.program, second.worker, call.requested)) {
    second.worker.clear();  // it may be the silent one: others are beyond the zone
  }
  second.to = second.worker.empty() ? To::any : To::one;
  second.may_wait = false;  // it is to be fast, or not at all
  second.hedge = true;
  try {
    if (send(call, std::move(second))) {
      ++call.figures->figures.hedged;
    }
  } catch (const std::exception&) {
    // The first one may answer still.
  }
}

/// Of one that was sent, may be sent twice, and has nobody any more.
void FleetRunner::State::send_when_connected(Call& call, TimePoint when) {
  if (!call.lost) {
    lost.push_back(call.id);
    call.lost = true;
    call.was_lost = true;
  }
  send_lost_at = std::min(send_lost_at, when);
}

/// Sends those again that were lost with a connection, where there is one by now.
void FleetRunner::State::send_lost(TimePoint time) {
  send_lost_at = kNoDeadline;
  for (const process::JobId id : std::exchange(lost, {})) {
    Call* const call = calls.find(id);
    if (call == nullptr || call->state == process::JobState::finished || !call->lost) {
      continue;
    }
    call->lost = false;
    if (!link.state().connected) {
      send_when_connected(*call, after(time, kLookAgain));
      continue;
    }
    Try again;
    again.to = options.zone.empty() ? To::any : To::zone;
    if (auto sent = send(*call, std::move(again)); !sent) {
      settle_for(*call, std::move(sent.error()));
    }
  }
}

}  // namespace kamexec::fleet
