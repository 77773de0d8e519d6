// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a note: done, delivered again later, or given up.
#include <algorithm>
#include <array>
#include <vector>

#include "base/printable.h"
#include "fleet/note_state.h"

namespace kamexec::fleet {
namespace {

constexpr std::chrono::milliseconds kTellAgain{500};
constexpr double kSpread = 0.1;
constexpr std::size_t kLongestDetail = 2'000;
/// Notes that are over, and that the server hasn't heard of.
constexpr std::size_t kMostOver = 10'000;

}  // namespace

std::chrono::milliseconds NoteWorker::State::pause(const NoteRule& rule,
                                                   std::uint64_t failures) const {
  std::chrono::milliseconds span = std::min(rule.retry, rule.retry_most);
  for (std::uint64_t i = 1; i < failures && span < rule.retry_most; ++i) {
    span = std::min(2 * span, rule.retry_most);
  }
  const double spread =
      static_cast<double>(span.count()) * kSpread * std::clamp(options.chance(), -1.0, 1.0);
  return std::max(span + std::chrono::milliseconds(static_cast<std::int64_t>(spread)),
                  std::chrono::milliseconds(1));
}

void NoteWorker::State::ended(NoteId id, const NoteEnd& end) {
  const auto place = notes.find(id);
  if (place == notes.end() || place->second.ended) {
    return;
  }
  TakenNote& note = place->second;
  NoteProgram* const program = find(note.program);
  if (program == nullptr) {
    return;
  }
  note.ended = true;
  if (end.kind == NoteEnd::Kind::done || end.kind == NoteEnd::Kind::failed) {
    program->not_run = 0;
    program->figures.trouble.clear();
  }
  switch (end.kind) {
    case NoteEnd::Kind::done:
      ++program->figures.done;
      settle(id, nats::Settled::done, {});
      return;
    case NoteEnd::Kind::failed:
      ++program->figures.failed;
      if (note.delivered >= program->rule.attempts) {
        bury(id, "attempts", end);
      } else {
        settle(id, nats::Settled::later, pause(program->rule, note.delivered));
      }
      return;
    case NoteEnd::Kind::not_run: {
      // The next one would fare no better.
      const std::chrono::milliseconds span = pause(program->rule, ++program->not_run);
      program->figures.trouble = end.detail;
      program->next_at = after(Clock::now(), span);
      settle(id, nats::Settled::later, span);
      return;
    }
    case NoteEnd::Kind::killed:
      settle(id, nats::Settled::later, {});
      return;
  }
}

/// It doesn't run any more; the server is told so, and when it doesn't hear it, again.
void NoteWorker::State::settle(NoteId id, nats::Settled how, std::chrono::milliseconds pause) {
  TakenNote& note = notes.at(id);
  const TimePoint now = Clock::now();
  if (!note.over) {
    note.over = true;
    note.until = after(now, 2 * options.ack_wait);
    ++over;
    held -= std::exchange(note.payload, {}).size();
    if (NoteProgram* const program = find(note.program)) {
      --program->figures.running;
    }
  }
  note.settled = how;
  note.telling = true;
  const auto told = [weak = weak_from_this(), id](const nats::StreamAnswer<void>& answer) {
    const auto self = weak.lock();
    const auto place = self == nullptr ? decltype(self->notes.end())() : self->notes.find(id);
    if (self == nullptr || place == self->notes.end()) {
      return;
    }
    // What is delivered again anyway needs no second word.
    if (answer || place->second.settled == nats::Settled::later || self->over > kMostOver) {
      if (!answer && place->second.settled != nats::Settled::later) {
        if (NoteProgram* const program = self->find(place->second.program)) {
          ++program->figures.unconfirmed;
        }
      }
      self->forget(id);
      return;
    }
    place->second.telling = false;
    self->again_at = std::min(self->again_at, after(Clock::now(), kTellAgain));
  };
  const auto begun = streams.settle(note.reply, how, pause, after(now, kNoteAnswerTime), told);
  if (!begun) {
    told(begun);
  }
}

void NoteWorker::State::tell_again(TimePoint now) {
  if (now < again_at) {
    return;
  }
  again_at = kNoDeadline;
  std::vector<NoteId> left;
  for (const auto& [id, note] : notes) {
    if (note.over && !note.telling) {
      left.push_back(id);
    }
  }
  for (const NoteId id : left) {
    const TakenNote& note = notes.at(id);
    if (now < note.until) {
      settle(id, note.settled, {});
      continue;
    }
    if (NoteProgram* const program = find(note.program)) {
      ++program->figures.unconfirmed;
    }
    forget(id);
  }
}

/// The one that is given up is written by us: the server would only keep it where it is. Its id
/// there lets it be written twice.
void NoteWorker::State::bury(NoteId id, std::string_view reason, const NoteEnd& end) {
  const TakenNote& note = notes.at(id);
  const std::string attempts = std::to_string(note.delivered);
  const std::string detail = printable(end.detail, kLongestDetail);
  const std::string outcome = printable(end.outcome, kLongestDetail);
  const std::array headers{
      nats::Header{"Kamexec-Reason", reason}, nats::Header{"Kamexec-Attempts", attempts},
      nats::Header{"Kamexec-Outcome", outcome}, nats::Header{"Kamexec-Detail", detail}};
  const auto failed = [this, id](const nats::StreamTrouble& why) {
    NoteProgram* const program = find(notes.at(id).program);
    if (program == nullptr) {
      return;
    }
    program->figures.trouble = "a note can't be given up: " + why.detail;
    settle(id, nats::Settled::later, program->rule.retry_most);
  };
  const auto begun =
      streams.publish({.subject = options.subjects.dead(note.program),
                       .id = (note.id.empty() ? std::string("unreadable") : note.id) + "." +
                             std::to_string(note.sequence),
                       .stream = dead_stream,
                       .headers = headers,
                       .payload = note.payload},
                      after(Clock::now(), kNoteAnswerTime),
                      [weak = weak_from_this(), id, failed, why = end.outcome + ": " + detail](
                          const nats::StreamAnswer<nats::Published>& answer) {
                        const auto self = weak.lock();
                        if (self == nullptr || self->notes.find(id) == self->notes.end()) {
                          return;
                        }
                        if (!answer) {
                          failed(answer.error());
                          return;
                        }
                        const TakenNote& buried = self->notes.at(id);
                        if (NoteProgram* const program = self->find(buried.program)) {
                          ++program->figures.dead;
                        }
                        self->calls.on_dead(buried.program, buried.id, why);
                        self->settle(id, nats::Settled::give_up, {});
                      });
  if (!begun) {
    failed(begun.error());
  }
}

void NoteWorker::State::keep_alive(TimePoint now) {
  if (now < alive_at) {
    return;
  }
  alive_at = kNoDeadline;
  for (const auto& [id, note] : notes) {
    if (!note.over) {
      alive_at = after(now, options.ack_wait / 3);
      static_cast<void>(streams.in_progress(note.reply));
    }
  }
}

void NoteWorker::State::forget(NoteId id) {
  const auto place = notes.find(id);
  const TakenNote& note = place->second;
  const std::string program = note.program;
  by_sequence.erase({note.program, note.sequence});
  over -= note.over ? 1 : 0;
  notes.erase(place);
  const auto found = programs.find(program);
  if (found != programs.end() && !found->second.current && found->second.ending == 0 &&
      found->second.figures.running == 0 && !draining) {
    programs.erase(found);
  }
}

}  // namespace kamexec::fleet
