// SPDX-License-Identifier: GPL-2.0-or-later
// The caller's half of notes: a call is put into the stream, from where a worker daemon takes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "fleet/note_streams.h"
#include "fleet/subjects.h"
#include "nats/jetstream.h"
#include "nats/link.h"
#include "service/client_messages.h"

namespace kamexec::fleet {

enum class NoteFate {
  on_disk,    ///< of the servers, as many as keep it: it is not lost any more
  full,       ///< as many wait as may. It isn't there
  too_large,  ///< for the server, at any time. It isn't there
  /// It isn't there, and may be put there later: to be kept here until then.
  unavailable,
  /// It may be there. To be kept here, and put there again with the same id.
  unknown,
};

struct NoteOutcome {
  NoteFate fate = NoteFate::unknown;
  std::string detail;      ///< in words, where it isn't on_disk
  bool duplicate = false;  ///< on_disk: it was there already
};

/// Since the start.
struct NotePublisherFigures {
  std::uint64_t on_disk = 0;
  std::uint64_t duplicates = 0;  ///< of those
  std::uint64_t full = 0;
  std::uint64_t too_large = 0;
  std::uint64_t unavailable = 0;
  std::uint64_t unknown = 0;
};

/// Used by the loop's thread alone; nothing waits.
class NotePublisher {
 public:
  using Done = std::function<void(const NoteOutcome&)>;

  /// All of them must outlive it.
  NotePublisher(nats::Link& link, nats::JetStream& streams, const NoteStreams& checked,
                Subjects subjects);
  /// What is under way isn't told any more.
  ~NotePublisher();
  NotePublisher(const NotePublisher&) = delete;
  NotePublisher& operator=(const NotePublisher&) = delete;

  /// Whether publish() would send something now.
  [[nodiscard]] bool is_available() const;
  /// In words, where it isn't.
  [[nodiscard]] std::string why_unavailable() const;
  /// @p request: its id is the note's, the same each time; its program says where it goes. @p done
  /// is called once, perhaps before this returns, else by the link's step(); at @p deadline at the
  /// latest, with NoteFate::unknown: who waits must have time left then to keep it here.
  void publish(const service::CallRequest& request, TimePoint deadline, Done done);

  [[nodiscard]] std::size_t under_way() const;
  [[nodiscard]] NotePublisherFigures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet
