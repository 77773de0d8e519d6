// SPDX-License-Identifier: GPL-2.0-or-later
// Which programs' notes are taken, and what comes.
#include "fleet/note_worker.h"

#include <algorithm>
#include <exception>
#include <limits>

#include "fleet/note_state.h"
#include "nats/jetstream_delivery.h"
#include "pool/request_id.h"

namespace kamexec::fleet {
namespace {

/// At once, of one program: enough for some 10,000 notes a second, and few at the server where
/// many daemons wait for one.
constexpr std::size_t kMostPulls = 8;
/// Of all daemons.
constexpr std::int64_t kMostWaiting = 4'096;
/// From the end of a pull's time to where nothing has come: the server, or the consumer, is gone.
constexpr std::chrono::milliseconds kPullGrace{5'000};
constexpr std::chrono::milliseconds kLookAgain{2'000};
/// Of a note that there is no room for.
constexpr std::chrono::milliseconds kNoRoomPause{1'000};
constexpr int kNotPossible = 409;

}  // namespace

NoteWorker::State::State(nats::Link& used_link, nats::JetStream& used_streams,
                         const NoteStreams& used_checked, NoteWorkerOptions its_options,
                         NoteCalls& its_calls)
    : link(used_link),
      streams(used_streams),
      checked(used_checked),
      options(std::move(its_options)),
      calls(its_calls),
      note_stream(note_stream_name(options.subjects)),
      dead_stream(dead_stream_name(options.subjects)) {}

NoteWorker::NoteWorker(nats::Link& link, nats::JetStream& streams, const NoteStreams& checked,
                       NoteWorkerOptions options, NoteCalls& calls)
    : state_(std::make_shared<State>(link, streams, checked, std::move(options), calls)) {}

NoteWorker::~NoteWorker() {
  try {
    for (auto& [name, program] : state_->programs) {
      if (program.current) {
        state_->link.unsubscribe(program.subscription, [] {});
      }
    }
  } catch (const std::exception&) {  // short of memory: what comes finds nobody
  }
}

NoteProgram* NoteWorker::State::find(std::string_view program) {
  const auto found = programs.find(program);
  return found == programs.end() ? nullptr : &found->second;
}

// Which programs.

void NoteWorker::serve(const std::vector<NoteRule>& programs) {
  State& state = *state_;
  if (state.draining) {
    return;
  }
  for (auto& [name, program] : state.programs) {
    const auto is_it = [&name = name](const NoteRule& rule) { return rule.program == name; };
    if (program.current && std::none_of(programs.begin(), programs.end(), is_it)) {
      state.end(name, program);
    }
  }
  for (const NoteRule& rule : programs) {
    NoteProgram& program = state.programs[rule.program];
    program.rule = rule;
    program.next_at = TimePoint::min();
    program.not_run = 0;
    if (!program.current) {
      state.begin(program);
    }
  }
}

void NoteWorker::State::begin(NoteProgram& program) {
  if (own_inbox.empty()) {
    const Result<pool::RequestId> random = pool::new_request_id();
    if (!random) {
      program.figures.trouble = random.error().message;
      return;
    }
    own_inbox = options.inbox + ".notes." + std::string(random->text());
  }
  const std::string& name = program.rule.program;
  program.reply = own_inbox + "." + name;
  // In a group, though nobody else is in it: while one connection replaces another, both have the
  // subscription, and one of the two is to get each note.
  program.subscription =
      link.subscribe(program.reply, std::string(kQueueGroup),
                     [weak = weak_from_this(), name](const nats::Incoming& message) {
                       if (const auto self = weak.lock()) {
                         self->came(name, message);
                       }
                     });
  program.current = true;
}

/// The server delivers nothing to what nobody has subscribed to: pulls end by that.
void NoteWorker::State::end(const std::string& name, NoteProgram& program) {
  program.current = false;
  program.pulls.clear();
  program.consumer = NoteProgram::Consumer::unknown;
  ++program.ending;
  ++ending;
  link.unsubscribe(program.subscription, [weak = weak_from_this(), name] {
    const auto self = weak.lock();
    if (self == nullptr) {
      return;
    }
    --self->ending;
    const auto found = self->programs.find(name);
    if (--found->second.ending == 0 && !found->second.current && !self->draining &&
        found->second.figures.running == 0) {
      self->programs.erase(found);
    }
  });
}

void NoteWorker::drain() {
  State& state = *state_;
  state.draining = true;
  for (auto& [name, program] : state.programs) {
    if (program.current) {
      state.end(name, program);
    }
  }
}

bool NoteWorker::is_drained() const {
  const State& state = *state_;
  if (!state.draining || state.ending > 0) {
    return false;
  }
  // Without a connection the server hears nothing: they are delivered again.
  return state.notes.empty() || (!state.link.state().connected && state.over == state.notes.size());
}

// With time.

TimePoint NoteWorker::wake_at() const {
  const State& state = *state_;
  TimePoint at = std::min(state.alive_at, state.again_at);
  if (!state.link.state().connected || !state.checked.are_ready()) {
    return at;
  }
  for (const auto& [name, program] : state.programs) {
    if (!program.current) {
      continue;
    }
    if (!program.pulls.empty()) {
      at = std::min(at, program.pulls.front());
    }
    const bool is_looking = program.consumer == NoteProgram::Consumer::looking;
    if (!is_looking && program.figures.running < program.rule.at_once && program.pulls.empty()) {
      at = std::min(at, program.next_at);
    }
  }
  return at;
}

void NoteWorker::tick(TimePoint now) {
  State& state = *state_;
  state.keep_alive(now);
  state.tell_again(now);
  const nats::LinkState& link = state.link.state();
  for (auto& [name, program] : state.programs) {
    if (!program.current) {
      continue;
    }
    if (!state.checked.are_ready() || program.connection != link.connections) {
      // What was pulled over another connection comes there, or nowhere.
      program.pulls.clear();
      program.consumer = NoteProgram::Consumer::unknown;
      program.connection = link.connections;
    }
    if (!state.checked.are_ready() || now < program.next_at) {
      continue;
    }
    if (program.consumer == NoteProgram::Consumer::unknown) {
      state.look(program, now);
    } else if (program.consumer == NoteProgram::Consumer::ready) {
      state.pull(program, now);
    }
  }
}

void NoteWorker::State::look(NoteProgram& program, TimePoint now) {
  nats::ConsumerConfig config;
  config.name = program.rule.program;
  config.filter_subject = options.subjects.note(program.rule.program);
  config.ack_wait = options.ack_wait;
  config.max_ack_pending = options.most_taken;
  config.max_waiting = kMostWaiting;
  program.consumer = NoteProgram::Consumer::looking;
  const auto failed = [now](NoteProgram& of, const nats::StreamTrouble& why) {
    of.consumer = NoteProgram::Consumer::unknown;
    of.figures.trouble = why.detail;
    of.next_at = after(std::max(now, Clock::now()), kLookAgain);
  };
  const auto begun = streams.ensure_consumer(
      note_stream, config, after(now, kNoteAnswerTime),
      [weak = weak_from_this(), failed, name = config.name,
       on = program.connection](const nats::StreamAnswer<nats::ConsumerState>& there) {
        const auto self = weak.lock();
        NoteProgram* const of = self == nullptr ? nullptr : self->find(name);
        if (of == nullptr || !of->current || of->connection != on ||
            of->consumer != NoteProgram::Consumer::looking) {
          return;
        }
        if (!there) {
          failed(*of, there.error());
          return;
        }
        of->consumer = NoteProgram::Consumer::ready;
        of->figures.trouble.clear();
      });
  if (!begun) {
    failed(program, begun.error());
  }
}

void NoteWorker::State::pull(NoteProgram& program, TimePoint now) {
  if (!program.pulls.empty() && program.pulls.front() <= now) {
    program.pulls.clear();
    program.consumer = NoteProgram::Consumer::unknown;
    look(program, now);
    return;
  }
  const std::size_t room =
      program.rule.at_once - std::min(program.figures.running, program.rule.at_once);
  while (program.pulls.size() < std::min(room, kMostPulls)) {
    const auto pulled = streams.pull(note_stream, program.rule.program,
                                     {.batch = 1, .expires = options.pull_time}, program.reply);
    if (!pulled) {
      program.figures.trouble = pulled.error().detail;
      program.next_at = after(now, kLookAgain);
      return;
    }
    program.pulls.push_back(after(now, options.pull_time + kPullGrace));
  }
}

// What comes.

void NoteWorker::State::came(const std::string& name, const nats::Incoming& message) {
  NoteProgram* const program = find(name);
  if (program == nullptr) {
    return;
  }
  const auto delivery = nats::delivery_of(message, note_stream, name);
  const auto pull_end = delivery ? std::nullopt : nats::pull_end_of(message);
  if (!delivery && !pull_end) {
    return;  // a stranger's
  }
  if (!program->pulls.empty()) {
    program->pulls.pop_front();
  }
  if (pull_end) {
    pull_ended(*program, *pull_end);
  } else if (!came_again(*program, message, *delivery)) {
    take(*program, message, *delivery);
  }
}

void NoteWorker::State::pull_ended(NoteProgram& program, const nats::PullEnd& end) {
  if (end.status != kNotPossible) {
    return;  // nothing was there
  }
  program.figures.trouble = "the NATS server says: " + end.detail;
  program.consumer = NoteProgram::Consumer::unknown;  // it may have been removed
  program.pulls.clear();
  program.next_at = after(Clock::now(), kLookAgain);
}

/// Whether it is here already: its ack_wait was over before we said a word.
bool NoteWorker::State::came_again(NoteProgram& program, const nats::Incoming& message,
                                   const nats::Delivery& delivery) {
  const auto place = by_sequence.find({program.rule.program, delivery.stream_sequence});
  if (place == by_sequence.end()) {
    return false;
  }
  TakenNote& note = notes.at(place->second);
  if (note.id != id_of(message.payload())) {  // of a stream that was made anew
    give_back(program, message.reply(), kNoRoomPause);
    return true;
  }
  note.reply = message.reply();
  note.delivered = delivery.delivered;
  if (note.over && !note.telling) {
    again_at = TimePoint::min();
  }
  return true;
}

void NoteWorker::State::give_back(NoteProgram& program, std::string_view reply,
                                  std::chrono::milliseconds pause) {
  ++program.figures.given_back;
  // Where the server doesn't hear it, ack_wait ends, too.
  static_cast<void>(streams.settle(reply, nats::Settled::later, pause,
                                   after(Clock::now(), kNoteAnswerTime),
                                   [](const nats::StreamAnswer<void>&) {}));
}

void NoteWorker::State::take(NoteProgram& program, const nats::Incoming& message,
                             const nats::Delivery& delivery) {
  const std::string_view payload = message.payload();
  if (!program.current || program.figures.running >= program.rule.at_once) {
    give_back(program, message.reply(), {});
    return;
  }
  if (payload.size() > options.memory - std::min(held, options.memory)) {
    give_back(program, message.reply(), kNoRoomPause);
    return;
  }
  const Result<void> read = read_call(payload, received);
  const NoteId id = ++last_id;
  TakenNote note;
  note.program = program.rule.program;
  note.id = id_of(payload);
  note.reply = message.reply();
  note.payload = payload;
  note.sequence = delivery.stream_sequence;
  note.delivered = delivery.delivered;
  by_sequence.emplace(std::pair(note.program, note.sequence), id);
  notes.emplace(id, std::move(note));
  held += payload.size();
  ++program.figures.running;
  ++program.figures.taken;
  if (alive_at == kNoDeadline) {
    alive_at = after(Clock::now(), options.ack_wait / 3);
  }
  if (!read) {
    notes.at(id).ended = true;
    NoteEnd end;
    end.outcome = "unusable";
    end.detail = "the note can't be read: " + read.error().message;
    bury(id, "unreadable", end);
    return;
  }
  const auto attempt = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(delivery.delivered, std::numeric_limits<std::uint32_t>::max()));
  try {
    calls.on_note(id, program.rule.program, received, attempt);
  } catch (const std::exception& fault) {
    ended(id, {NoteEnd::Kind::not_run, "not-started", fault.what()});
  }
}

std::vector<std::pair<std::string, NoteFigures>> NoteWorker::figures() const {
  std::vector<std::pair<std::string, NoteFigures>> all;
  for (const auto& [name, program] : state_->programs) {
    if (program.current) {
      all.emplace_back(name, program.figures);
    }
  }
  return all;
}

void NoteWorker::ended(NoteId id, const NoteEnd& end) {
  state_->ended(id, end);
}

}  // namespace kamexec::fleet
