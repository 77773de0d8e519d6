// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/note_publisher.h"

#include <limits>
#include <new>
#include <utility>

#include "fleet/call_message.h"

namespace kamexec::fleet {
namespace {

/// The lines of the header: Nats-Msg-Id and Nats-Expected-Stream with their values.
constexpr std::size_t kHeaderRoom = 256;

NoteOutcome outcome_of(const nats::StreamTrouble& trouble) {
  switch (trouble.fault) {
    case nats::StreamFault::full:
      return {NoteFate::full, trouble.detail};
    case nats::StreamFault::too_large:
      return {NoteFate::too_large, trouble.detail};
    case nats::StreamFault::unknown:
      return {NoteFate::unknown, trouble.detail};
    case nats::StreamFault::unavailable:
    case nats::StreamFault::refused:
    case nats::StreamFault::absent:
    case nats::StreamFault::differs:
      break;
  }
  return {NoteFate::unavailable, trouble.detail};
}

/// Of what the server has answered, or of why there is no answer. Without memory for its words:
/// unknown, which whoever wants it kept acts on.
NoteOutcome outcome_of(const nats::StreamAnswer<nats::Published>& answer,
                       const std::string& stream) {
  try {
    if (!answer) {
      return outcome_of(answer.error());
    }
    if (answer->stream != stream) {
      return {NoteFate::unknown, "another stream than " + stream + " has answered"};
    }
    return {NoteFate::on_disk, {}, answer->duplicate};
  } catch (const std::bad_alloc&) {
    return {NoteFate::unknown, {}};
  }
}

}  // namespace

struct NotePublisher::State {
  nats::Link& link;
  nats::JetStream& streams;
  const NoteStreams& checked;
  const Subjects subjects;
  const std::string stream = note_stream_name(subjects);
  std::string payload{};
  NotePublisherFigures figures{};
  std::size_t under_way = 0;

  void tell(const Done& done, const NoteOutcome& outcome) {
    switch (outcome.fate) {
      case NoteFate::on_disk:
        ++figures.on_disk;
        figures.duplicates += outcome.duplicate ? 1 : 0;
        break;
      case NoteFate::full:
        ++figures.full;
        break;
      case NoteFate::too_large:
        ++figures.too_large;
        break;
      case NoteFate::unavailable:
        ++figures.unavailable;
        break;
      case NoteFate::unknown:
        ++figures.unknown;
        break;
    }
    done(outcome);
  }
};

NotePublisher::NotePublisher(nats::Link& link, nats::JetStream& streams, const NoteStreams& checked,
                             Subjects subjects)
    : state_(std::make_shared<State>(State{link, streams, checked, std::move(subjects)})) {}

NotePublisher::~NotePublisher() = default;

bool NotePublisher::is_available() const {
  return state_->link.state().connected && !state_->checked.difference();
}

std::string NotePublisher::why_unavailable() const {
  const nats::LinkState& link = state_->link.state();
  if (!link.connected) {
    return "no NATS server is connected" + (link.trouble.empty() ? "" : ": " + link.trouble);
  }
  return state_->checked.difference().value_or("");
}

void NotePublisher::publish(const service::CallRequest& request, TimePoint deadline, Done done) {
  State& state = *state_;
  if (const auto difference = state.checked.difference()) {
    state.tell(done, {NoteFate::unavailable, *difference});
    return;
  }
  const std::size_t most = state.link.state().max_payload;
  state.payload.clear();
  // How long a caller waits is nothing to a program that runs later.
  service::CallRequest note = request;
  note.time_left = {};
  if (!append_call(
          state.payload, note, 0,
          most > kHeaderRoom ? most - kHeaderRoom : std::numeric_limits<std::size_t>::max())) {
    state.tell(done,
               {NoteFate::too_large, "it is larger than the NATS server takes (max_payload)"});
    return;
  }
  // Shared: the answer takes it, or what follows.
  const auto told = std::make_shared<Done>(std::move(done));
  const auto begun = state.streams.publish(
      {.subject = state.subjects.note(request.program),
       .id = request.id,
       .stream = state.stream,
       .payload = state.payload},
      deadline,
      [weak = std::weak_ptr(state_), told](const nats::StreamAnswer<nats::Published>& answer) {
        const auto self = weak.lock();
        if (self == nullptr) {
          return;
        }
        --self->under_way;
        self->tell(*told, outcome_of(answer, self->stream));
      });
  if (!begun) {
    state.tell(*told, outcome_of(begun.error()));
    return;
  }
  ++state.under_way;
}

std::size_t NotePublisher::under_way() const {
  return state_->under_way;
}

NotePublisherFigures NotePublisher::figures() const {
  return state_->figures;
}

}  // namespace kamexec::fleet
