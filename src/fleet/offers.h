// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that this daemon offers to the fleet: their subscriptions, the calls that come, and
// their answers. docs/fleet-protocol.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/answer_message.h"
#include "fleet/call_message.h"
#include "fleet/parts.h"
#include "fleet/subjects.h"
#include "nats/link.h"

namespace kamexec::fleet {

/// Of a call that has come; never given twice.
using OfferedCallId = std::uint64_t;

/// What runs them. Called by the link's step(); may call Offers::answer() at once.
class OfferedCalls {
 public:
  virtual ~OfferedCalls() = default;
  /// @p received is valid until this returns. @p may_wait: it may wait for a free worker; otherwise
  /// a call that can't be begun at once is to be answered as refused, elsewhere.
  virtual void on_call(OfferedCallId id, std::string_view program, const ReceivedCall& received,
                       bool may_wait) = 0;
  /// Nobody waits for its answer any more: to be ended, and answered no more.
  virtual void on_cancel(OfferedCallId id) = 0;
};

struct OffersOptions {
  Subjects subjects;
  WorkerName name;  ///< of this daemon
  /// Bytes of all calls that were received and aren't answered. What comes beyond is refused,
  /// elsewhere.
  std::size_t memory = std::size_t{64} << 20;
};

/// Of one program, since it is offered.
struct OfferFigures {
  std::uint64_t calls = 0;    ///< that were read
  std::uint64_t failed = 0;   ///< neither ok nor no
  std::uint64_t refused = 0;  ///< of those, elsewhere
  std::uint64_t cancelled = 0;
  std::uint64_t incomplete = 0;  ///< not run, as a part was left out that is wanted
  std::uint64_t under_way = 0;
  /// Messages that were passed over: nobody wants an answer to it, or it came a second time.
  std::uint64_t dropped = 0;
  std::uint64_t unsent = 0;          ///< answers that could not be sent: the connection was lost
  std::chrono::nanoseconds time{0};  ///< from a call to its answer, of all together
  std::string last_error;
  engine::Needs wants = kAllParts;
};

/// Used by the loop's thread alone.
class Offers {
 public:
  /// @p link and @p calls must outlive it.
  Offers(nats::Link& link, OffersOptions options, OfferedCalls& calls);
  /// Ends all subscriptions; what is under way is not answered.
  ~Offers();
  Offers(const Offers&) = delete;
  Offers& operator=(const Offers&) = delete;

  /// Offers these from now on, and no others. What has come of the others is answered. Nothing
  /// after drain().
  void offer(const std::vector<std::string>& programs);
  /// What a program that is offered has a use for, which callers are told with each answer. All
  /// parts, before it is called.
  void set_wants(std::string_view program, const engine::Needs& wants);
  /// Sends it. A part that was left out and is wanted is looked for before on_call(). Nothing where
  /// the call was cancelled.
  void answer(OfferedCallId id, const process::RunResult& result, bool elsewhere);

  /// Offers nothing any more. What the server has sent until then still comes.
  void drain();
  /// After drain(): nothing comes any more, and all is answered.
  [[nodiscard]] bool is_drained() const;

  [[nodiscard]] std::size_t under_way() const;
  /// Of the programs that are offered.
  [[nodiscard]] std::vector<std::pair<std::string, OfferFigures>> figures() const;
  [[nodiscard]] const OffersOptions& options() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kamexec::fleet
