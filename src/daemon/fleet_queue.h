// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator asks of the calls in the fleet's store, and has done with them: the part of
// `kamexec queue` that is not about this host's disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "fleet/subjects.h"
#include "nats/jetstream.h"
#include "process/outcome.h"
#include "stored/requests.h"

namespace kamexec::daemon {

/// Used by the loop alone. Answers come from the link's step(), or before a function returns, once;
/// each question to the server has an end.
class FleetQueue {
 public:
  template <typename T>
  using Answer = std::function<void(tl::expected<T, process::Outcome>)>;

  /// A call as it lies there: its number as kamexecd shows it, above all of a host's own.
  using Number = std::int64_t;
  static constexpr Number kFirstNote = Number{1} << 51U;
  static constexpr Number kFirstDead = Number{1} << 52U;

  /// Both must outlive what is asked.
  FleetQueue(nats::JetStream& streams, const fleet::Subjects& subjects);
  FleetQueue(const FleetQueue&) = delete;
  FleetQueue& operator=(const FleetQueue&) = delete;

  struct Listed {
    std::string text;  ///< a line of JSON each
  };
  /// As stored::Selection says; @p numbers: only these; empty: all. Those that wait can't be told
  /// from those that run. At most @p rows, and about @p bytes; then a last line says that there are
  /// more.
  void list(const stored::Selection& which, const std::vector<Number>& numbers, std::size_t rows,
            std::size_t bytes, const Answer<Listed>& answer);
  /// Tells how many. Those that are dead wait again, with no attempts; what waits is left alone.
  void retry(const stored::Selection& which, const std::vector<Number>& numbers,
             const Answer<std::size_t>& answer);
  /// Tells how many. What runs goes on.
  void drop(const stored::Selection& which, const std::vector<Number>& numbers,
            const Answer<std::size_t>& answer);

  struct Found {
    std::vector<std::string> ids;  ///< that were found, each once
    std::vector<Number> numbers;   ///< of all that have them
  };
  /// Looks for these ids, among those of @p which's program; only so far as kMostLookedAt.
  void find(const stored::Selection& which, const std::vector<std::string>& ids,
            const Answer<Found>& answer);
  static constexpr std::size_t kMostLookedAt = 20'000;

 private:
  struct Place;
  struct Walk;

  [[nodiscard]] std::shared_ptr<Walk> walk_over(const stored::Selection& which,
                                                const std::vector<Number>& numbers,
                                                bool dead_alone) const;
  template <typename Body>
  static void step(const std::shared_ptr<Walk>& walk, Body body);
  template <typename T, typename Make>
  void walk_or_answer(const Answer<T>& answer, Make make);
  void begin_place(const std::shared_ptr<Walk>& walk);
  void place_has(const std::shared_ptr<Walk>& walk,
                 const nats::StreamAnswer<nats::StreamState>& state);
  void next(const std::shared_ptr<Walk>& walk);
  void visit(const std::shared_ptr<Walk>& walk,
             const nats::StreamAnswer<nats::StreamMessage>& message);
  /// Changes one, and then goes on with the next(); counts it if it has.
  using Change =
      std::function<void(const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message,
                         bool dead, const std::shared_ptr<std::size_t>& count)>;
  void change_some(const stored::Selection& which, const std::vector<Number>& numbers,
                   bool dead_alone, const Change& change, const Answer<std::size_t>& answer);
  void again(const std::shared_ptr<Walk>& walk, const nats::StreamMessage& message, bool dead,
             const std::shared_ptr<std::size_t>& count);
  void erase(const std::shared_ptr<Walk>& walk, bool dead, std::uint64_t sequence,
             const std::shared_ptr<std::size_t>& count);

  nats::JetStream& streams_;
  const fleet::Subjects subjects_;
  const std::string note_stream_;
  const std::string dead_stream_;
};

}  // namespace kamexec::daemon
